import NATSClient

/// What a consumer gives out of a stream, to whom, and when it gives it again.
///
///     let consumer = try await stream.createConsumer(.init(durable: "worker"))
///
/// Every field has the server's default. A field that the server knows and this version of the library doesn't is kept when a
/// configuration is read, changed and written. Fields that came with a later server than 2.10 say so; using one on an older server is
/// an error of the call (ADR-44). Source: `ConsumerConfig` in nats-server's `server/consumer.go`.
public struct ConsumerConfiguration: Sendable, Hashable {
    /// The name of a consumer that stays until it is deleted. It is the same as ``name`` when both are given.
    public var durable: String?
    /// Nil: a durable's name, or one that the client makes.
    public var name: String?
    /// For people; up to 4 KiB.
    public var description: String?
    /// Where it begins. Default: with everything.
    public var deliverPolicy: DeliverPolicy = .all {
        didSet { laterDeliverPolicy = nil }
    }
    /// What must be acknowledged. Default: each message.
    public var acknowledgementPolicy: AcknowledgementPolicy = .explicit
    /// Only messages on these subjects; empty: all.
    public var filterSubjects: [String] = []
    /// How fast. Default: at once.
    public var replayPolicy: ReplayPolicy = .instant
    /// Without their payloads; `Nats-Msg-Size` says how long they were.
    public var isHeadersOnly = false

    // MARK: Acknowledgements

    /// A message that isn't acknowledged for so long is delivered again. Nil: 30 s.
    public var acknowledgementWait: Duration?
    /// How often a message is delivered at most. Nil: until it is acknowledged.
    public var maximumDeliveries: Int?
    /// The waits before each further delivery, in place of ``acknowledgementWait``; fewer than ``maximumDeliveries``.
    public var backOff: [Duration] = []
    /// How many messages may be out without acknowledgement. Nil: 1000, or the stream's limit.
    public var maximumAcknowledgementsPending: Int?
    /// Of how many acknowledgements the server publishes how long they took, in per cent: `10%` or `10`. See
    /// ``JetStream/acknowledgementMetrics(of:consumer:queueGroup:)``.
    public var sampleFrequency: String?

    // MARK: Pull consumers

    /// How many pull requests may wait. Nil: 512.
    public var maximumWaiting: Int?
    /// How many messages one pull request may ask for. Nil: any number.
    public var maximumRequestBatch: Int?
    /// How long one pull request may wait. Nil: as long as it asks for.
    public var maximumRequestExpiry: Duration?
    /// How many bytes one pull request may ask for. Nil: any number.
    public var maximumRequestBytes: Int?
    /// Groups of clients that share it by rules. Server 2.11, ADR-42.
    public var priorityGroups: [String] = []
    /// The rule. Server 2.11.
    public var priorityPolicy: PriorityPolicy = .none
    /// How long a pinned client may be silent before another takes over. Nil: 2 min. Server 2.11.
    public var priorityTimeout: Duration?

    // MARK: Push consumers

    /// Where messages are pushed to; nil: clients pull.
    public var deliverSubject: String?
    /// The queue group that shares the deliver subject.
    public var deliverGroup: String?
    /// Bits of payload a second.
    public var rateLimitBitsPerSecond: UInt64?
    /// The server waits until the client has kept up; needs ``idleHeartbeat``.
    public var usesFlowControl = false
    /// The server says that it is there when there is nothing to deliver; at least 100 ms.
    public var idleHeartbeat: Duration?

    // MARK: Life

    /// Ends when nobody has used it for so long. Nil: 5 s if it isn't durable, else never.
    public var inactiveThreshold: Duration?
    /// Nil: as many as the stream has.
    public var replicas: Int?
    /// Its state is in memory, even if the stream is on disk.
    public var isInMemory = false
    /// Gives out nothing until then. Server 2.11.
    public var pauseUntil: ServerTime?
    /// Up to 128 KiB of names and values. The server adds its own, which begin with `_nats.`.
    public var metadata: [String: String] = [:]

    /// A place that only later servers know; ``deliverPolicy`` is `.all` then, until it is set.
    var laterDeliverPolicy: String?
    var unknownFields = UnknownFields()

    /// A consumer that stays until it is deleted, of all messages, or of those on these subjects.
    public init(durable: String, filterSubjects: [String] = []) {
        self.durable = durable
        self.filterSubjects = filterSubjects
    }

    /// A consumer that ends when nobody has used it for ``inactiveThreshold``.
    public init(name: String? = nil, filterSubjects: [String] = []) {
        self.name = name
        self.filterSubjects = filterSubjects
    }
}
