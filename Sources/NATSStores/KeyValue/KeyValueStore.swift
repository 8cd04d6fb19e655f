import NATSClient

/// A bucket of keys and values, kept in a stream: the last revision of each key, and a few before it.
///
///     let kv = try await nats.jetStream().keyValueStore("settings", create: .init(history: 5))
///     let revision = try await kv.put("theme", "dark")
///     try await kv.update("theme", "light", revision: revision)
///     print(try await kv.get("theme")?.string ?? "nothing")
///     for try await update in try kv.watch(["theme.>"]) { … }
///
/// A value without state of its own: copying one shares nothing but the connection. What reads stands in ``KeyValueReading``, so that
/// ``readOnly`` can do it, too. Every call has the deadline of its ``JetStream/timeout``, and ends at once when its task is cancelled or
/// the connection closes.
///
/// Keys are made of `A-Z a-z 0-9 - / _ = .`, without a dot at either end and without two of them in a row; `_kv` at the beginning is
/// reserved. Anything else is ``NATSError/Code/invalidKey``, and nothing is sent.
///
/// Source: ADR-8, ADR-48, ADR-57.
public struct KeyValueStore: KeyValueReading {
    /// The bucket, and how it is reached.
    public let access: KeyValueAccess
}

/// What reads a bucket: a ``KeyValueStore``, or its read-only view.
public protocol KeyValueReading: Sendable {
    /// The bucket, and how it is reached.
    var access: KeyValueAccess { get }
}

extension KeyValueReading {
    /// The bucket's name.
    public var bucket: String { access.bucket }
    /// The stream that holds the bucket.
    public var stream: JetStream.Stream { access.stream }
}

/// A bucket's keys can be read, and not be changed.
public struct KeyValueReader: KeyValueReading {
    /// The bucket, and how it is reached.
    public let access: KeyValueAccess
}

extension KeyValueStore {
    /// The same bucket for those who may only read it.
    public var readOnly: KeyValueReader { KeyValueReader(access: access) }
}

extension KeyValueStore {
    /// The same bucket, with at most so much time for a call.
    func answering(within limit: Duration) -> KeyValueStore {
        var access = access
        var jetStream = access.jetStream
        jetStream.timeout = min(jetStream.timeout, limit)
        access.stream = JetStream.Stream(jetStream: jetStream, name: stream.name, cachedInfo: stream.cachedInfo)
        return KeyValueStore(access: access)
    }
}

/// A bucket, and how it is reached.
public struct KeyValueAccess: Sendable {
    let bucket: String
    var stream: JetStream.Stream
    /// What stands before a key in the subject of a stored message, with the dot.
    let readPrefix: String
    /// What stands before a key in the subject to publish to.
    let writePrefix: String
    var keyCodec: (any KeyValueKeyCodec)?
    var valueCodec: (any KeyValueValueCodec)?

    var jetStream: JetStream { stream.jetStream }
    var concerns: String { "bucket '\(bucket)'" }

    static let streamPrefix = "KV_"

    /// - Parameter stream: the bucket's, of which ``JetStream/Stream/cachedInfo`` tells whether it is a mirror.
    init(_ bucket: String, _ stream: JetStream.Stream) {
        self.bucket = bucket
        self.stream = stream
        let mirror = stream.cachedInfo?.configuration.mirror
        // A mirror has the subjects of its origin, unless it changes them into its own; transforms may also choose some keys only.
        let origin = mirror.map { String($0.name.trimmingPrefix(Self.streamPrefix)) }
        let isRenamed = mirror?.subjectTransforms.contains { $0.destination.hasPrefix("$KV.\(bucket).") } == true
        readPrefix = "$KV.\(isRenamed ? bucket : origin ?? bucket)."
        // In another domain or account the subjects are behind the API's own prefix; so are those of a mirror's origin.
        var domain = stream.jetStream.prefix == JetStream.standardPrefix ? "" : "\(stream.jetStream.prefix)."
        if let external = mirror?.external, !external.apiPrefix.isEmpty { domain = "\(external.apiPrefix)." }
        writePrefix = "\(domain)$KV.\(origin ?? bucket)."
    }
}
