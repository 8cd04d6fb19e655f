import NATSClient

/// What a stream is: what it takes, how much it keeps and for how long, and where.
///
///     var configuration = StreamConfiguration(name: "EVENTS", subjects: ["events.>"])
///     configuration.maximumAge = .seconds(7 * 24 * 3_600)
///     let stream = try await js.createStream(configuration)
///
/// Every field has the server's default. A field that the server knows and this version of the library doesn't is kept when a
/// configuration is read, changed and written. Fields that came with a later server than 2.10 say so; using one on an older server
/// is an error of the call, not a silent nothing (ADR-44).
///
/// Source: `StreamConfig` in nats-server's `server/stream.go`.
public struct StreamConfiguration: Sendable, Hashable {
    /// Up to 255 bytes, without spaces, dots, wildcards and path separators.
    public var name: String
    /// For people; up to 4 KiB.
    public var description: String?
    /// What it stores. A stream may have no subjects when it is a mirror or has sources; no two streams share one.
    public var subjects: [String]
    /// When messages may go. Default: when a limit is reached.
    public var retention: Retention = .limits
    /// What happens when a limit is reached. Default: the oldest message goes.
    public var discard: Discard = .old
    /// Refuses a message, rather than dropping an older one, when its subject is full; needs ``discard`` to be `.new`.
    public var discardsNewPerSubject = false
    /// Where messages are kept. It can't be changed.
    public var storage: Storage = .file
    /// How many servers have each message: 1 to 5.
    public var replicas = 1

    // MARK: Limits

    /// Nil: as many consumers as people make.
    public var maximumConsumers: Int?
    /// Nil: any number.
    public var maximumMessages: Int?
    /// With headers and subjects. Nil: any number.
    public var maximumBytes: Int?
    /// Nil: for ever.
    public var maximumAge: Duration?
    /// Of each subject. Nil: any number.
    public var maximumMessagesPerSubject: Int?
    /// Of one message, with headers. Nil: what the server takes.
    public var maximumMessageBytes: Int?
    /// What consumers may ask for.
    public var consumerLimits = ConsumerLimits()

    // MARK: Publishing

    /// For so long a message id is known, and a second message with it isn't stored. Nil: two minutes, or ``maximumAge`` if shorter.
    public var duplicateWindow: Duration?
    /// Publishers get no acknowledgement.
    public var suppressesAcknowledgements = false
    /// A message may ask for the removal of all before it, of its subject or of the stream.
    public var allowsRollup = false
    /// A message may end by itself. Server 2.11.
    public var allowsMessageTTL = false
    /// When messages end by age, a marker of this lifetime takes the place of the last of its subject. Server 2.11.
    public var subjectDeleteMarkerTTL: Duration?
    /// Each subject is a number to which messages add. Server 2.12.
    public var allowsCounters = false
    /// Several messages may be stored all or none. Server 2.12.
    public var allowsAtomicPublish = false
    /// Messages may be published later, or again and again. Server 2.12.
    public var allowsSchedules = false
    /// Messages may come in flow-controlled batches without an answer to each. Server 2.14.
    public var allowsBatchPublish = false
    /// When a message is on disk. Server 2.12.
    public var persistence: Persistence = .standard

    // MARK: Reading and removing

    /// Every replica answers direct gets, not only the leader.
    public var allowsDirectGet = false
    /// Direct gets of the stream that this one mirrors are answered here, too.
    public var allowsMirrorDirectGet = false
    /// Nothing can be stored or removed any more. It can't be taken back.
    public var isSealed = false
    /// Single messages can't be deleted. It can't be taken back.
    public var deniesDelete = false
    /// It can't be purged. It can't be taken back.
    public var deniesPurge = false

    // MARK: Relations

    /// The stream of which this one is a copy.
    public var mirror: StreamSource?
    /// Streams whose messages this one takes, too.
    public var sources: [StreamSource] = []
    /// How subjects change on the way into the stream.
    public var subjectTransform: SubjectTransform?
    /// Where messages are published again once they are stored.
    public var republish: Republish?
    /// On which servers it is to be.
    public var placement: Placement?
    /// How files are kept. Default: as they are.
    public var compression: Compression = .none
    /// The number of its first message. Nil: 1.
    public var firstSequence: UInt64?
    /// Up to 128 KiB of names and values. The server adds its own, which begin with `_nats.`.
    public var metadata: [String: String] = [:]

    var unknownFields = UnknownFields()

    /// A stream of this name for messages on these subjects; no subjects: those of its name.
    public init(name: String, subjects: [String] = []) {
        self.name = name
        self.subjects = subjects
    }
}

// MARK: - JSON

extension StreamConfiguration: ExtensibleJSONObject {
    init() { self.init(name: "") }

    static let fields: [JSONField<StreamConfiguration>] = [
        .always("name", \.name), .optional("description", \.description), .field("subjects", \.subjects, unless: []),
        .always("retention", \.retention), .always("discard", \.discard), .always("storage", \.storage),
        .always("num_replicas", \.replicas), .field("discard_new_per_subject", \.discardsNewPerSubject, unless: false),
        .limit("max_consumers", \.maximumConsumers), .limit("max_msgs", \.maximumMessages),
        .limit("max_bytes", \.maximumBytes), .duration("max_age", \.maximumAge),
        .limit("max_msgs_per_subject", \.maximumMessagesPerSubject), .limit("max_msg_size", \.maximumMessageBytes),
        .field("consumer_limits", \.consumerLimits, unless: ConsumerLimits()),
        .duration("duplicate_window", \.duplicateWindow), .field("no_ack", \.suppressesAcknowledgements, unless: false),
        .field("allow_rollup_hdrs", \.allowsRollup, unless: false),
        .field("allow_msg_ttl", \.allowsMessageTTL, unless: false, level: 1),
        .duration("subject_delete_marker_ttl", \.subjectDeleteMarkerTTL, level: 1),
        .field("allow_msg_counter", \.allowsCounters, unless: false, level: 2),
        .field("allow_atomic", \.allowsAtomicPublish, unless: false, level: 2),
        .field("allow_msg_schedules", \.allowsSchedules, unless: false, level: 2),
        .field("allow_batched", \.allowsBatchPublish, unless: false, level: 4),
        .field("persist_mode", \.persistence, unless: .standard, level: 2),
        .field("allow_direct", \.allowsDirectGet, unless: false),
        .field("mirror_direct", \.allowsMirrorDirectGet, unless: false),
        .field("sealed", \.isSealed, unless: false), .field("deny_delete", \.deniesDelete, unless: false),
        .field("deny_purge", \.deniesPurge, unless: false), .optional("mirror", \.mirror),
        .field("sources", \.sources, unless: []), .optional("subject_transform", \.subjectTransform),
        .optional("republish", \.republish), .optional("placement", \.placement),
        .field("compression", \.compression, unless: .none), .optional("first_seq", \.firstSequence),
        .field("metadata", \.metadata, unless: [:]),
    ]
}
