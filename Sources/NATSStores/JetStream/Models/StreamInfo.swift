import NATSClient

/// What a server says about a stream.
public struct StreamInfo: Sendable, Hashable {
    /// Its configuration, with the server's defaults.
    public internal(set) var configuration = StreamConfiguration()
    /// When it was made.
    public internal(set) var created: ServerTime?
    /// What it has.
    public internal(set) var state = StreamState()
    /// The JetStream domain that it is in.
    public internal(set) var domain: String?
    /// Where it is; nil on a single server.
    public internal(set) var cluster: ClusterInfo?
    /// The stream of which it is a mirror.
    public internal(set) var mirror: StreamSourceInfo?
    /// The streams whose messages it takes.
    public internal(set) var sources: [StreamSourceInfo] = []
    /// Mirrors of it that could be read in its place, the nearest first.
    public internal(set) var alternates: [StreamAlternate] = []
    /// When the server said so.
    public internal(set) var timestamp: ServerTime?
    /// How many subjects match that were asked for, on all pages.
    var matchingSubjectCount = 0
}

extension StreamInfo: JSONObject {
    static let fields: [JSONField<StreamInfo>] = [
        .always("config", \.configuration), .time("created", \.created), .always("state", \.state),
        .optional("domain", \.domain), .optional("cluster", \.cluster), .optional("mirror", \.mirror),
        .field("sources", \.sources, unless: []), .field("alternates", \.alternates, unless: []),
        .time("ts", \.timestamp), .field("total", \.matchingSubjectCount, unless: 0),
    ]
}

/// What a stream has.
public struct StreamState: Sendable, Hashable {
    /// How many messages it has.
    public internal(set) var messages: UInt64 = 0
    /// How many bytes they take.
    public internal(set) var bytes: UInt64 = 0
    /// The number of the first one.
    public internal(set) var firstSequence: UInt64 = 0
    /// When the first one was stored; nil when there is none.
    public internal(set) var firstTime: ServerTime?
    /// The number of the last one that was ever stored.
    public internal(set) var lastSequence: UInt64 = 0
    /// When that was.
    public internal(set) var lastTime: ServerTime?
    /// How many consumers it has.
    public internal(set) var consumerCount = 0
    /// How many subjects its messages have.
    public internal(set) var subjectCount = 0
    /// How many messages each subject has, when it was asked for.
    public internal(set) var subjects: [String: UInt64] = [:]
    /// How many numbers between the first and the last have no message.
    public internal(set) var deletedCount = 0
    /// Those numbers, when they were asked for.
    public internal(set) var deleted: [UInt64] = []
    /// What the store has lost.
    public internal(set) var lost: LostMessages?
}

extension StreamState: JSONObject {
    static let fields: [JSONField<StreamState>] = [
        .always("messages", \.messages), .always("bytes", \.bytes), .always("first_seq", \.firstSequence),
        .time("first_ts", \.firstTime), .always("last_seq", \.lastSequence), .time("last_ts", \.lastTime),
        .always("consumer_count", \.consumerCount), .field("num_subjects", \.subjectCount, unless: 0),
        .field("subjects", \.subjects, unless: [:]), .field("num_deleted", \.deletedCount, unless: 0),
        .field("deleted", \.deleted, unless: []), .optional("lost", \.lost),
    ]
}

/// Messages that a store has lost.
public struct LostMessages: Sendable, Hashable {
    /// Their numbers.
    public internal(set) var sequences: [UInt64] = []
    /// How many bytes they had.
    public internal(set) var bytes: UInt64 = 0
}

extension LostMessages: JSONObject {
    static let fields: [JSONField<LostMessages>] = [.field("msgs", \.sequences, unless: []), .always("bytes", \.bytes)]
}

/// Another stream that has the same messages.
public struct StreamAlternate: Sendable, Hashable {
    /// Its name.
    public internal(set) var name = ""
    /// Its domain.
    public internal(set) var domain: String?
    /// Its cluster.
    public internal(set) var cluster: String?
}

extension StreamAlternate: JSONObject {
    static let fields: [JSONField<StreamAlternate>] = [
        .always("name", \.name), .optional("domain", \.domain), .optional("cluster", \.cluster),
    ]
}

/// How a mirror or source is doing.
public struct StreamSourceInfo: Sendable, Hashable {
    /// The other stream's name.
    public internal(set) var name = ""
    /// How it is reached, when it is in another account or domain.
    public internal(set) var external: ExternalStream?
    /// How many messages are still to come.
    public internal(set) var lag: UInt64 = 0
    /// Since when nothing was heard of it; nil: nothing ever was.
    public internal(set) var sinceActive: Duration?
    /// Why it doesn't go on.
    public internal(set) var error: JetStreamError?
    /// Only messages on these subjects come.
    public internal(set) var filterSubject: String?
    /// How their subjects change.
    public internal(set) var subjectTransforms: [SubjectTransform] = []
    private var active: Duration = .nanoseconds(-1) {
        didSet { sinceActive = active < .zero ? nil : active }
    }
}

extension StreamSourceInfo: JSONObject {
    static let fields: [JSONField<StreamSourceInfo>] = [
        .always("name", \.name), .optional("external", \.external), .always("lag", \.lag), .always("active", \.active),
        .optional("error", \.error), .optional("filter_subject", \.filterSubject),
        .field("subject_transforms", \.subjectTransforms, unless: []),
    ]
}
