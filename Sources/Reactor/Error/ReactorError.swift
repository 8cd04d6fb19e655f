/// What the reactor could not do, and why.
public struct ReactorError: Error, Hashable, Sendable {
    /// The kind of a failure. More kinds may come: keep a default when you switch.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name, for logs.
        public let description: String
        init(_ description: String) { self.description = description }

        /// The backend that was asked for can't be had on this machine.
        public static let backendUnavailable = Code("backendUnavailable")
        /// The name could not be resolved.
        public static let resolutionFailed = Code("resolutionFailed")
        /// No address of the host accepted the connection.
        public static let connectFailed = Code("connectFailed")
        /// The deadline passed first.
        public static let timedOut = Code("timedOut")
        /// The owner cancelled the operation.
        public static let cancelled = Code("cancelled")
        /// The event loop was shut down, or ended by itself because other code closed its descriptor; then
        /// ``ReactorError/underlying`` says what the kernel answered.
        public static let stopped = Code("stopped")
        /// The event loop belongs to the parent process of this forked child.
        public static let usedAfterFork = Code("usedAfterFork")
        /// Memory, descriptors or threads have run out.
        public static let exhausted = Code("exhausted")
        /// An argument can't be used, for example a local address that is no address.
        public static let invalidArgument = Code("invalidArgument")
    }

    /// What kind of failure this is.
    public let code: Code
    /// One sentence for people: what failed and what to do.
    public let message: String
    /// The system call that failed, if there was one.
    public let underlying: SystemError?

    /// An error as the reactor would throw it, for tests of code that handles it.
    public init(_ code: Code, _ message: String, underlying: SystemError? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }
}

extension ReactorError: CustomStringConvertible {
    public var description: String {
        underlying.map { "\(code): \(message) [\($0)]" } ?? "\(code): \(message)"
    }
}

extension ReactorError {
    static let stopped = ReactorError(.stopped, "the event loop was shut down")
    static let usedAfterFork = ReactorError(
        .usedAfterFork,
        "this event loop belongs to the parent process; make a new event loop after fork, or exec first")
}
