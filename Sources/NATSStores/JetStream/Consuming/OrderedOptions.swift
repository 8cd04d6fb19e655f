internal import NATSProtocol

/// What an ordered consumer reads, and how.
public struct OrderedOptions: Sendable {
    /// Where it begins. Default: with everything.
    public var deliverPolicy = ConsumerConfiguration.DeliverPolicy.all
    /// Only messages on these subjects; empty: all.
    public var filterSubjects: [String] = []
    /// How fast. Default: at once.
    public var replayPolicy = ConsumerConfiguration.ReplayPolicy.instant
    /// Without their payloads; `Nats-Msg-Size` says how long they were.
    public var isHeadersOnly = false
    /// The server's consumers are called `<prefix>_<number>`. Nil: something that nobody else uses.
    public var namePrefix: String?
    /// How long the server keeps a consumer that nobody uses any more. Default: 5 min.
    public var inactiveThreshold: Duration = .seconds(300)
    /// Of the server's consumers.
    public var metadata: [String: String] = [:]
    /// So many times in a row making a consumer may fail before the sequence ends with an error. Default: nil, any number.
    public var maximumFailures: Int?
    /// How the consumers are pulled from.
    public var consume = ConsumeOptions()

    /// The answers that tell of a new consumer, and idle heartbeats, are handed on among the messages, in the place in which they came:
    /// for readers that have to know what was there when they began. A heartbeat behind another sign that nobody has taken isn't.
    var handsOnSigns = false

    /// Everything, or what is on these subjects.
    public init(filterSubjects: [String] = [], deliverPolicy: ConsumerConfiguration.DeliverPolicy = .all) {
        self.filterSubjects = filterSubjects
        self.deliverPolicy = deliverPolicy
    }

    /// The consumer that goes on behind a message, or that begins; ADR-17.
    func configuration(name: String, behind sequence: UInt64?) -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration(name: name, filterSubjects: filterSubjects)
        configuration.deliverPolicy = sequence.map { .fromSequence($0 &+ 1) } ?? deliverPolicy
        // The server wants to know of which subjects.
        if configuration.deliverPolicy == .lastPerSubject, filterSubjects.isEmpty { configuration.filterSubjects = [">"] }
        configuration.acknowledgementPolicy = .none
        configuration.maximumDeliveries = 1
        configuration.acknowledgementWait = .seconds(22 * 3600)
        configuration.replayPolicy = replayPolicy
        configuration.isHeadersOnly = isHeadersOnly
        configuration.inactiveThreshold = inactiveThreshold
        configuration.isInMemory = true
        configuration.replicas = 1
        configuration.metadata = metadata
        return configuration
    }
}
