import NATSClient

/// What a bucket is: how much it keeps and for how long, and where.
///
///     let kv = try await js.keyValueStore("settings", create: .init(history: 5, timeToLive: .seconds(3600)))
///
/// Source: ADR-8, ADR-48 (limit markers), ADR-57 (mirrors and sources).
public struct KeyValueConfiguration: Sendable, Hashable {
    /// For people; up to 4 KiB.
    public var description: String?
    /// How many revisions of each key are kept: 1 to 64. Default: 1.
    public var history = 1
    /// How long each revision is kept. Nil: for ever.
    public var timeToLive: Duration?
    /// Of one value, with its headers. Nil: what the server takes.
    public var maximumValueBytes: Int?
    /// Of the whole bucket. Beyond it, puts are refused. Nil: any number.
    public var maximumBytes: Int?
    /// Where values are kept. It can't be changed.
    public var storage: StreamConfiguration.Storage = .file
    /// How many servers have each value: 1 to 5.
    public var replicas = 1
    /// On which servers the bucket is to be.
    public var placement: Placement?
    /// Where values are published again once they are stored.
    public var republish: Republish?
    /// The bucket of which this one is a copy; its name with or without `KV_`. Writes go to that one.
    public var mirror: StreamSource?
    /// Buckets whose keys this one takes, too; names with or without `KV_`. Their keys come as they are. A source with transforms of its
    /// own may be any stream, and is left as it is.
    public var sources: [StreamSource] = []
    /// Files are compressed.
    public var isCompressed = false
    /// Names and values. The server adds its own, which begin with `_nats.`.
    public var metadata: [String: String] = [:]
    /// When a key ends by its age, a marker tells watches of it, and goes itself after so long; at least a second. It also allows keys
    /// that end by themselves: the parameter `timeToLive` of ``KeyValueStore/create(_:_:timeToLive:)-(_,String,_)`` and others.
    /// Server 2.11.
    public var limitMarkerTTL: Duration?
    /// Several keys may be changed all or none, with ``KeyValueStore/commit(_:)``. Server 2.12.
    public var allowsAtomicUpdates = false

    /// A bucket with these bounds; the rest has its defaults.
    public init(
        history: Int = 1, timeToLive: Duration? = nil, storage: StreamConfiguration.Storage = .file, replicas: Int = 1,
        limitMarkerTTL: Duration? = nil, allowsAtomicUpdates: Bool = false
    ) {
        self.history = history
        self.timeToLive = timeToLive
        self.storage = storage
        self.replicas = replicas
        self.limitMarkerTTL = limitMarkerTTL
        self.allowsAtomicUpdates = allowsAtomicUpdates
    }
}

extension StreamSource {
    /// A bucket, as mirror or source of another one.
    public static func bucket(_ name: String) -> StreamSource { StreamSource(name: KeyValueAccess.streamPrefix + name) }

    /// A bucket in another JetStream domain.
    public static func bucket(_ name: String, domain: String) -> StreamSource {
        StreamSource(name: KeyValueAccess.streamPrefix + name, domain: domain)
    }
}

// MARK: - As a stream

extension KeyValueConfiguration {
    private static let duplicateWindow = Duration.seconds(120)

    init(_ stream: StreamConfiguration) {
        description = stream.description
        history = stream.maximumMessagesPerSubject ?? 1
        timeToLive = stream.maximumAge
        maximumValueBytes = stream.maximumMessageBytes
        maximumBytes = stream.maximumBytes
        storage = stream.storage
        replicas = stream.replicas
        placement = stream.placement
        republish = stream.republish
        mirror = stream.mirror
        sources = stream.sources
        isCompressed = stream.compression != .none
        metadata = stream.metadata
        limitMarkerTTL = stream.subjectDeleteMarkerTTL
        allowsAtomicUpdates = stream.allowsAtomicPublish
    }

    /// The stream that holds such a bucket; what a bucket doesn't speak of stays as it is in `stream`.
    func applied(to stream: StreamConfiguration, bucket: String) throws(NATSError) -> StreamConfiguration {
        guard (1...64).contains(history) else {
            throw NATSError(.invalidOption, "a bucket keeps 1 to 64 revisions of each key, not \(history)")
        }
        var stream = stream
        stream.description = description
        stream.maximumMessagesPerSubject = history
        stream.maximumAge = timeToLive
        stream.duplicateWindow = min(timeToLive ?? Self.duplicateWindow, Self.duplicateWindow)
        stream.maximumMessageBytes = maximumValueBytes
        stream.maximumBytes = maximumBytes
        stream.storage = storage
        stream.replicas = replicas
        stream.placement = placement
        stream.republish = republish
        if isCompressed != (stream.compression != .none) { stream.compression = isCompressed ? .s2 : .none }
        stream.metadata = metadata
        stream.allowsAtomicPublish = allowsAtomicUpdates
        stream.subjectDeleteMarkerTTL = limitMarkerTTL
        if limitMarkerTTL != nil { stream.allowsMessageTTL = true }
        stream.discard = .new
        stream.allowsRollup = true
        stream.deniesDelete = true
        stream.allowsDirectGet = true
        applyOrigins(to: &stream, bucket)
        return stream
    }

    private func applyOrigins(to stream: inout StreamConfiguration, _ bucket: String) {
        stream.mirror = mirror.map { Self.named($0) }
        stream.sources = []
        if mirror != nil {
            stream.allowsMirrorDirectGet = true
            stream.subjects = []
            return
        }
        stream.subjects = ["$KV.\(bucket).>"]
        stream.sources = sources.map { source in
            // With transforms of its own it may be any stream, ADR-57.
            guard source.subjectTransforms.isEmpty else { return source }
            var source = Self.named(source)
            let origin = source.name.trimmingPrefix(KeyValueAccess.streamPrefix)
            if source.filterSubject == nil, source.external == nil || origin != bucket {
                source.subjectTransforms = [SubjectTransform(source: "$KV.\(origin).>", destination: "$KV.\(bucket).>")]
            }
            return source
        }
    }

    private static func named(_ source: StreamSource) -> StreamSource {
        guard !source.name.hasPrefix(KeyValueAccess.streamPrefix) else { return source }
        var source = source
        source.name = KeyValueAccess.streamPrefix + source.name
        return source
    }
}
