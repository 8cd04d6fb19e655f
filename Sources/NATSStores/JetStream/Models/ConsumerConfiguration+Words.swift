import NATSClient

extension ConsumerConfiguration {
    /// Where a consumer begins.
    public enum DeliverPolicy: Sendable, Hashable {
        /// With the first message of the stream.
        case all
        /// With the last one.
        case last
        /// With the next one.
        case new
        /// With the last one of each subject.
        case lastPerSubject
        /// With this number, or the next one that there is.
        case fromSequence(UInt64)
        /// With the first one that isn't older.
        case fromTime(ServerTime)
    }

    /// What must be acknowledged.
    public struct AcknowledgementPolicy: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Each message.
        public static let explicit = AcknowledgementPolicy(rawValue: "explicit")
        /// A message stands for all before it.
        public static let all = AcknowledgementPolicy(rawValue: "all")
        /// Nothing.
        public static let none = AcknowledgementPolicy(rawValue: "none")
        /// Flow control acknowledges. Server 2.14.
        public static let flowControl = AcknowledgementPolicy(rawValue: "flow_control")
    }

    /// How fast stored messages come.
    public struct ReplayPolicy: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// At once.
        public static let instant = ReplayPolicy(rawValue: "instant")
        /// With the pauses in which they were published.
        public static let original = ReplayPolicy(rawValue: "original")
    }

    /// Who of a priority group gets messages (ADR-42). Server 2.11.
    public struct PriorityPolicy: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Whoever asks.
        public static let none = PriorityPolicy(rawValue: "none")
        /// Whoever asks, if so many messages are waiting as the request demands.
        public static let overflow = PriorityPolicy(rawValue: "overflow")
        /// One client until it is silent.
        public static let pinnedClient = PriorityPolicy(rawValue: "pinned_client")
        /// Requests of a lower number first. Server 2.12.
        public static let prioritized = PriorityPolicy(rawValue: "prioritized")
    }
}
