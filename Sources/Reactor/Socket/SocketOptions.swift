/// Options of a TCP socket. The defaults suit a long-lived connection that must notice a dead peer.
public struct SocketOptions: Hashable, Sendable {
    /// When the kernel probes a silent peer, in whole seconds.
    public struct KeepAlive: Hashable, Sendable {
        /// Silence before the first probe. Default 30 s.
        public var idle: Duration
        /// Time between probes. Default 10 s.
        public var interval: Duration
        /// Unanswered probes after which the connection fails. Default 3.
        public var count: Int

        /// Probes after `idle`, every `interval`, at most `count` of them; less than a second counts as one.
        public init(idle: Duration = .seconds(30), interval: Duration = .seconds(10), count: Int = 3) {
            self.idle = idle
            self.interval = interval
            self.count = count
        }
    }

    /// Sends small writes at once (TCP_NODELAY). Default true.
    public var noDelay = true
    /// Keepalive probes; nil turns them off. Default: 30 s, 10 s, 3.
    public var keepAlive: KeepAlive? = KeepAlive()
    /// How long sent bytes may stay unacknowledged before the connection fails (TCP_USER_TIMEOUT), in whole
    /// milliseconds. Default nil: the kernel's own rule, about 15 minutes.
    public var userTimeout: Duration?
    /// Kernel send buffer in bytes (SO_SNDBUF). Default nil: the kernel's auto-tuning.
    public var sendBufferSize: Int?
    /// Kernel receive buffer in bytes (SO_RCVBUF). Default nil: the kernel's auto-tuning.
    public var receiveBufferSize: Int?
    /// Local IPv4 or IPv6 address to connect from. Default nil: the kernel chooses. Only remote addresses of the same
    /// family are tried then.
    public var localAddress: String?

    /// The defaults.
    public init() {}
}
