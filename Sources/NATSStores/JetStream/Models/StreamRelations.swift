import NATSClient

/// A stream from which another takes its messages, as its mirror or as one of its sources.
public struct StreamSource: Sendable, Hashable {
    /// The other stream's name.
    public var name: String
    /// From this number on. Nil: from the beginning.
    public var startSequence: UInt64?
    /// From this time on.
    public var startTime: ServerTime?
    /// Only messages on these subjects.
    public var filterSubject: String?
    /// How their subjects change, each for what it matches; not together with ``filterSubject``.
    public var subjectTransforms: [SubjectTransform] = []
    /// How to reach the stream when it is in another account or domain.
    public var external: ExternalStream?
    /// The consumer to use, if it exists already. Server 2.14, ADR-60.
    public var consumer: SourceConsumer?

    var unknownFields = UnknownFields()

    /// The stream of this name, from its beginning.
    public init(name: String) { self.name = name }

    /// The stream of this name in another JetStream domain.
    public init(name: String, domain: String) {
        self.name = name
        external = ExternalStream(apiPrefix: "$JS.\(domain).API")
    }
}

extension StreamSource: ExtensibleJSONObject {
    init() { self.init(name: "") }

    static let fields: [JSONField<StreamSource>] = [
        .always("name", \.name), .optional("opt_start_seq", \.startSequence), .time("opt_start_time", \.startTime),
        .optional("filter_subject", \.filterSubject), .field("subject_transforms", \.subjectTransforms, unless: []),
        .optional("external", \.external), .optional("consumer", \.consumer),
    ]
}

/// How to reach a stream of another account or domain.
public struct ExternalStream: Sendable, Hashable {
    /// The subject before the name of an API call, without a dot at its end.
    public var apiPrefix: String
    /// The subject before that of each message that is delivered.
    public var deliverPrefix: String?

    var unknownFields = UnknownFields()

    /// A stream behind these subjects.
    public init(apiPrefix: String, deliverPrefix: String? = nil) {
        self.apiPrefix = apiPrefix
        self.deliverPrefix = deliverPrefix
    }
}

extension ExternalStream: ExtensibleJSONObject {
    init() { self.init(apiPrefix: "") }

    static let fields: [JSONField<ExternalStream>] = [
        .always("api", \.apiPrefix), .optional("deliver", \.deliverPrefix),
    ]
}

/// A consumer that somebody else has made for a mirror or source. Server 2.14, ADR-60.
public struct SourceConsumer: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Where it delivers to.
    public var deliverSubject: String

    var unknownFields = UnknownFields()

    /// A consumer of this name that delivers there.
    public init(name: String, deliverSubject: String) {
        self.name = name
        self.deliverSubject = deliverSubject
    }
}

extension SourceConsumer: ExtensibleJSONObject {
    init() { self.init(name: "", deliverSubject: "") }

    static let fields: [JSONField<SourceConsumer>] = [
        .always("name", \.name), .always("deliver_subject", \.deliverSubject),
    ]
}

/// Changes the subjects that match into others (ADR-30).
public struct SubjectTransform: Sendable, Hashable {
    /// What it matches; empty: everything.
    public var source: String
    /// With `{{wildcard(1)}}` and the like for parts of the source.
    public var destination: String

    var unknownFields = UnknownFields()

    /// From these subjects to those.
    public init(source: String, destination: String) {
        self.source = source
        self.destination = destination
    }
}

extension SubjectTransform: ExtensibleJSONObject {
    init() { self.init(source: "", destination: "") }

    static let fields: [JSONField<SubjectTransform>] = [.always("src", \.source), .always("dest", \.destination)]
}

/// Publishes messages again once they are stored.
public struct Republish: Sendable, Hashable {
    /// Which of them; empty: all.
    public var source: String
    /// Where to, as in ``SubjectTransform``.
    public var destination: String
    /// Without their payloads.
    public var isHeadersOnly: Bool

    var unknownFields = UnknownFields()

    /// Where these subjects go.
    public init(source: String = "", destination: String, isHeadersOnly: Bool = false) {
        self.source = source
        self.destination = destination
        self.isHeadersOnly = isHeadersOnly
    }
}

extension Republish: ExtensibleJSONObject {
    init() { self.init(destination: "") }

    static let fields: [JSONField<Republish>] = [
        .field("src", \.source, unless: ""), .always("dest", \.destination),
        .field("headers_only", \.isHeadersOnly, unless: false),
    ]
}

/// On which servers a stream or its leader is to be.
public struct Placement: Sendable, Hashable {
    /// The cluster.
    public var cluster: String?
    /// Servers that have all of these tags.
    public var tags: [String]
    /// The server that is to lead. Only when a leader steps down.
    public var preferredLeader: String?

    var unknownFields = UnknownFields()

    /// A place; nothing said: anywhere.
    public init(cluster: String? = nil, tags: [String] = [], preferredLeader: String? = nil) {
        self.cluster = cluster
        self.tags = tags
        self.preferredLeader = preferredLeader
    }
}

extension Placement: ExtensibleJSONObject {
    init() { self.init(cluster: nil) }

    static let fields: [JSONField<Placement>] = [
        .optional("cluster", \.cluster), .field("tags", \.tags, unless: []), .optional("preferred", \.preferredLeader),
    ]
}
