extension StreamConfiguration {
    /// When messages may go.
    public struct Retention: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// When a limit of the stream is reached.
        public static let limits = Retention(rawValue: "limits")
        /// When every consumer has acknowledged them.
        public static let interest = Retention(rawValue: "interest")
        /// When the consumer of their subject has acknowledged them; each subject has one at most.
        public static let workQueue = Retention(rawValue: "workqueue")
    }

    /// What happens when a limit is reached.
    public struct Discard: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The oldest messages go.
        public static let old = Discard(rawValue: "old")
        /// New messages are refused.
        public static let new = Discard(rawValue: "new")
    }

    /// Where messages are kept.
    public struct Storage: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// In files.
        public static let file = Storage(rawValue: "file")
        /// In memory: gone with the server's process, unless other replicas have it.
        public static let memory = Storage(rawValue: "memory")
    }

    /// How files are kept.
    public struct Compression: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// As they are.
        public static let none = Compression(rawValue: "none")
        /// With S2, block by block.
        public static let s2 = Compression(rawValue: "s2")
    }

    /// When a message is on disk. Server 2.12.
    public struct Persistence: JSONWord {
        /// The word in JSON.
        public let rawValue: String
        /// A word, also one that this version has no name for.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// When it is acknowledged.
        public static let standard = Persistence(rawValue: "default")
        /// A moment later: faster, and a crash may lose acknowledged messages.
        public static let asynchronous = Persistence(rawValue: "async")
    }
}

/// What the consumers of a stream may ask for.
public struct ConsumerLimits: Sendable, Hashable {
    /// How long a consumer that nobody uses may live. Nil: what it asks for.
    public var inactiveThreshold: Duration?
    /// How many messages a consumer may have out. Nil: what it asks for.
    public var maximumAcknowledgementsPending: Int?

    var unknownFields = UnknownFields()

    /// No limits.
    public init() {}
}

extension ConsumerLimits: ExtensibleJSONObject {
    static let fields: [JSONField<ConsumerLimits>] = [
        .duration("inactive_threshold", \.inactiveThreshold), .limit("max_ack_pending", \.maximumAcknowledgementsPending),
    ]
}
