extension EventLoop {
    /// How a loop runs.
    public struct Configuration: Sendable {
        /// Which kernel interface a loop uses.
        public enum Backend: Sendable {
            /// The one that suits most: epoll. `NATS_REACTOR_BACKEND=epoll|io_uring|automatic` overrides it.
            case automatic
            /// epoll. Works everywhere.
            case epoll
            /// io_uring, or an error that says why not (`backendUnavailable`).
            case ioUring
        }

        /// Default `.automatic`.
        public var backend: Backend = .automatic
        /// Name of the thread, at most 15 bytes are shown. Default `nats-reactor`.
        public var name = "nats-reactor"
        /// The CPU that the thread is pinned to; when that fails, `ReactorStatistics.pinningFailure` says why.
        /// Default nil: not pinned.
        public var cpu: Int?
        /// Longest time that the thread polls before it sleeps. Costs up to a whole CPU, saves the wake-up (40 µs and more
        /// on virtual machines). Adapts downwards while polling finds nothing. Default zero: sleeps at once.
        public var busyPoll: Duration = .zero
        /// Bytes of a receive block. Default 65,536; at least 4,096.
        public var receiveBlockSize = 64 * 1024
        /// Receive blocks that the pool keeps. Default 16; at least 4.
        public var receiveBlockCount = 16

        /// Try io_uring first and fall back to epoll where it is unavailable.
        package var prefersIOUring = false
        /// Makes the probe of io_uring fail with this errno.
        package var probeFailureForTesting: Int32?
        /// Replaces the system's resolver. Runs on a thread of its own and may block.
        package var resolverForTesting: (@Sendable (String, UInt16) -> Outcome<[SocketAddress]>)?

        /// Replaces the kernel, the clock and the system's chance.
        package var simulatedKernel: (any SimulatedKernel)?

        /// A configuration with these values; the other properties begin with their defaults and can be set.
        public init(
            backend: Backend = .automatic, name: String = "nats-reactor", cpu: Int? = nil, busyPoll: Duration = .zero
        ) {
            self.backend = backend
            self.name = name
            self.cpu = cpu
            self.busyPoll = busyPoll
        }
    }
}
