package import NATSProtocol
public import Reactor

/// How a connection behaves. A value: copy it, change a field, pass it to ``NATS/connect(_:options:)``.
///
/// Every field has a default that suits a long-running daemon: reconnect for ever, bounded memory, deadlines on
/// every wait.
public struct ConnectOptions: Sendable {
    /// The name that the server shows for this connection (`CONNECT.name`). Default: none.
    public var name: String?

    /// Who we are. Credentials in the URL win over this. Default: ``Authentication/automatic``.
    public var authentication = Authentication.automatic

    /// Whom we trust, and who we are, on encrypted connections. Set, it requires TLS: without it nothing is said, least of all a
    /// credential. `nil`, the default: TLS with the system's trust roots when the server requires it, or for `tls://` and
    /// `wss://`.
    ///
    /// Its files are read by `connect`, and again in every attempt to connect; see ``NATSConnection/reloadTLS()``. The present
    /// connection goes on with what it began with; ``NATSConnection/reconnect()`` changes it.
    public var tls: TLSConfiguration?

    /// The proxy on the way to the servers. Default: ``Proxy/automatic``, that of `NATS_SOCKS_PROXY` if it is set.
    public var proxy = Proxy.automatic

    /// Deadline of one connection attempt, from name resolution over TLS to the server's PONG. Default:
    /// 5 s.
    public var connectTimeout = ClientDefaults.connectTimeout

    /// Interval of liveness checks. A PING is only sent when nothing arrived for this long. Default: 30 s.
    public var pingInterval = ClientDefaults.pingInterval

    /// Unanswered PINGs after which the connection counts as dead. Default: 2.
    public var maximumPingsOutstanding = ClientDefaults.maximumPingsOutstanding

    /// What happens when the connection is lost, or can't be made.
    public var reconnect = Reconnect()

    /// What happens with published messages that the server doesn't take fast enough.
    public var outbound = Outbound()

    /// Limits that every subscription has unless it says otherwise.
    public var subscription = SubscriptionLimits()

    /// Whether the server delivers our own messages to our own subscriptions. Default: true.
    ///
    /// Without echo, requests to a responder on the same connection get no reply.
    public var echo = true

    /// Asks the server to confirm every operation with `+OK`. For debugging; costs traffic. Default: false.
    public var verbose = false

    /// Asks the server to check subjects strictly. For debugging. Default: false.
    public var pedantic = false

    /// First token(s) of the subjects for replies. Default: `_INBOX`.
    public var inboxPrefix = ClientDefaults.inboxPrefix

    /// Try the servers in the order given, instead of a random one. Default: false.
    public var keepsServerOrder = false

    /// Don't learn further servers of the cluster from INFO. Default: false.
    public var ignoresDiscoveredServers = false

    /// What happens to requests that wait for a reply when the connection is lost. Default: they keep waiting until
    /// their own deadline, since the inbox is restored by the reconnect.
    public var requestsOnDisconnect = RequestPolicy.keep

    /// Deadline of a request that doesn't name one. Default: 5 s.
    public var requestTimeout = ClientDefaults.requestTimeout

    /// Deadline of a drain that doesn't name one. Default: 30 s.
    public var drainTimeout = ClientDefaults.drainTimeout

    /// How connections to `ws://` and `wss://` servers are made.
    public var webSocket = WebSocket()

    /// Socket options: TCP_NODELAY, keepalive, user timeout, buffer sizes, local address.
    public var socket = SocketOptions()

    /// The reactor whose thread does all of this connection's work. Default: ``EventLoop/shared``.
    public var eventLoop = EventLoop.shared

    /// Counts what the session goes through, for simulations.
    package var sessionTally: (any SessionTally)?

    /// Options with all defaults.
    public init() {}
}

extension ConnectOptions {
    /// Reconnecting: for ever, with exponential back-off and full jitter, unless told otherwise.
    public struct Reconnect: Sendable {
        /// Whether a lost connection is made again. Default: true.
        public var isEnabled = true
        /// Failed attempts in a row after which a server is given up, also one that `connect` was given; `nil`: never. When none is
        /// left, the connection closes for good. Default: `nil`.
        public var maximumAttempts: Int?
        /// Upper bound of the first delay; doubles with each failure. Default: 100 ms.
        public var baseDelay = ClientDefaults.reconnectBaseDelay
        /// Upper bound of every delay. Default: 5 s.
        public var maximumDelay = ClientDefaults.reconnectMaximumDelay
        /// Keep trying when the very first connection can't be made. Default: false (the first `connect` fails
        /// with the cause).
        public var retriesFirstConnect = false
        /// How long ``retriesFirstConnect`` goes on; `nil`: until it succeeds or is cancelled. Default: `nil`.
        public var firstConnectTimeout: Duration?
        /// What happens when the server announces that it is about to shut down. Default: ``LameDuckPolicy/move``.
        public var lameDuck = LameDuckPolicy.move
        /// The longest pause before a move that nobody waits for. Each client waits a part of it, by chance, so that
        /// the clients of a server don't move at once. Default: 2 s.
        public var moveJitter = ClientDefaults.moveJitter
        /// How long queue groups and the inbox of requests stay on both servers of a move within a cluster, so that the
        /// other members learn of the new place before the old one goes. For tests on machines that stand still at times.
        package var moveOverlap = ClientDefaults.moveOverlap
        /// Whether the connection moves to one with fresh credentials before its own ones end, as far as the client can
        /// know that: it reads the expiry of JWTs. Default: true.
        ///
        /// Without it, or when nobody provides fresh ones, the server ends the connection, and the client reconnects.
        public var renewsExpiringCredentials = true
        /// Chooses the server of the next attempt, and the pause before it. `nil`: the next one of the pool, with
        /// exponential back-off and jitter. Default: `nil`.
        ///
        /// Called on the event loop's thread, which serves every connection on that loop: it must not block. Not called
        /// for the first round of the first connect.
        public var chooseServer: (@Sendable (ReconnectChoiceContext) -> ReconnectChoice?)?
        /// Close for good when the same server refuses our credentials twice in a row. Default: false.
        public var givesUpOnRepeatedAuthenticationFailure = false

        /// All defaults: reconnect for ever, from 100 ms to 5 s.
        public init() {}
    }

    /// What happens when a server announces its end (lame duck mode, part of every rolling restart).
    public enum LameDuckPolicy: Sendable, Hashable {
        /// ``ConnectionEvent/lameDuck(server:)``, then a move to another server while this one still works. The server
        /// isn't chosen again while there is another one.
        case move
        /// Only the event. The connection ends when the server ends it.
        case report
    }

    /// Outbound limits and policies. All limits count bytes of whole protocol frames.
    public struct Outbound: Sendable {
        /// Bytes accepted but not yet given to the kernel at which `publish` suspends (async form) or applies
        /// ``whenFull`` (sync form). Default: 8 MiB.
        public var highWaterBytes = ClientDefaults.outboundHighWaterBytes
        /// What the synchronous `publish` does at the high-water mark. Default: ``FullPolicy/fail``.
        public var whenFull = FullPolicy.fail
        /// What happens to messages that weren't handed to the kernel when the connection is lost, and to those
        /// that are published until it is back. Default: `.replay(maxBytes: 8 MiB)`.
        public var whileDisconnected = DisconnectedPolicy.replay(maxBytes: ClientDefaults.reconnectBufferBytes)
        /// How long the async `publish` waits for room before it throws ``NATSError/Code/outboundFull``.
        /// Default: 30 s.
        public var publishTimeout = ClientDefaults.publishTimeout

        /// All defaults: 8 MiB each way, fail when full, replay after a reconnect.
        public init() {}
    }

    /// What the synchronous `publish` does at the high-water mark.
    public enum FullPolicy: Sendable {
        /// Throw ``NATSError/Code/outboundFull``.
        case fail
        /// Drop the message, and count it in ``ConnectionStatistics/publishesDropped``.
        case dropNewest
    }

    /// What happens to publishes while there is no connection.
    public enum DisconnectedPolicy: Sendable, Equatable {
        /// Keep whole messages, up to so many bytes, and send them first after the reconnect, in order.
        case replay(maxBytes: Int)
        /// Discard what is pending (counted and reported), and refuse publishes until the connection is back.
        case failFast
    }

    /// What happens to waiting requests when the connection is lost.
    public enum RequestPolicy: Sendable {
        /// Wait for the reply until the request's own deadline.
        case keep
        /// Fail at once with ``NATSError/Code/connectionLost``.
        case fail
    }
}

/// How much a subscription may hold for a consumer that is slower than its messages, and what then happens.
public struct SubscriptionLimits: Sendable {
    /// Messages that may wait. Default: 65,536.
    public var messages = ClientDefaults.subscriptionMessagesMax
    /// Bytes (subject, reply, headers, payload) that may wait. Default: 64 MiB.
    public var bytes = ClientDefaults.subscriptionBytesMax
    /// What happens at the limit. Default: ``OverflowPolicy/dropNewest``.
    public var overflow = OverflowPolicy.dropNewest

    /// Limits; each has its default.
    public init(
        messages: Int = 65_536, bytes: Int = 64 << 20, overflow: OverflowPolicy = .dropNewest
    ) {
        self.messages = messages
        self.bytes = bytes
        self.overflow = overflow
    }
}

/// What a full subscription does with the next message. The reactor never waits for a consumer.
public enum OverflowPolicy: Sendable {
    /// Drop the arriving message. One ``ConnectionEvent/slowConsumer(_:)`` per episode, exact counts.
    case dropNewest
    /// Drop the oldest waiting message in favour of the arriving one. Reported and counted likewise.
    case dropOldest
    /// End the subscription: what waits is still delivered, then the sequence throws
    /// ``NATSError/Code/slowConsumer``.
    case fail
}
