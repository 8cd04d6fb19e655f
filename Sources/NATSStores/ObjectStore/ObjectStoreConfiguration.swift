import NATSClient

/// What a bucket of objects is: how much it keeps and for how long, and where.
///
///     let objects = try await js.objectStore("files", create: .init(replicas: 3))
///
/// Source: ADR-20.
public struct ObjectStoreConfiguration: Sendable, Hashable {
    /// For people; up to 4 KiB.
    public var description: String?
    /// How long chunks and records are kept, each from when it was stored. Nil: for ever.
    public var timeToLive: Duration?
    /// Of the whole bucket. Beyond it, puts are refused. Nil: any number.
    public var maximumBytes: Int?
    /// Where objects are kept. It can't be changed.
    public var storage: StreamConfiguration.Storage = .file
    /// How many servers have each object: 1 to 5.
    public var replicas = 1
    /// On which servers the bucket is to be.
    public var placement: Placement?
    /// Files are compressed.
    public var isCompressed = false
    /// Names and values. The server adds its own, which begin with `_nats.`.
    public var metadata: [String: String] = [:]

    /// A bucket with these bounds; the rest has its defaults.
    public init(
        timeToLive: Duration? = nil, maximumBytes: Int? = nil, storage: StreamConfiguration.Storage = .file, replicas: Int = 1
    ) {
        self.timeToLive = timeToLive
        self.maximumBytes = maximumBytes
        self.storage = storage
        self.replicas = replicas
    }
}

// MARK: - As a stream

extension ObjectStoreConfiguration {
    init(_ stream: StreamConfiguration) {
        description = stream.description
        timeToLive = stream.maximumAge
        maximumBytes = stream.maximumBytes
        storage = stream.storage
        replicas = stream.replicas
        placement = stream.placement
        isCompressed = stream.compression != .none
        metadata = stream.metadata
    }

    /// The stream that holds such a bucket; what a bucket doesn't speak of stays as it is in `stream`.
    func applied(to stream: StreamConfiguration, bucket: String) -> StreamConfiguration {
        var stream = stream
        stream.description = description
        stream.subjects = ["$O.\(bucket).C.>", "$O.\(bucket).M.>"]
        stream.maximumAge = timeToLive
        stream.maximumBytes = maximumBytes
        stream.storage = storage
        stream.replicas = replicas
        stream.placement = placement
        if isCompressed != (stream.compression != .none) { stream.compression = isCompressed ? .s2 : .none }
        stream.metadata = metadata
        stream.discard = .new
        stream.allowsRollup = true
        stream.allowsDirectGet = true
        return stream
    }
}
