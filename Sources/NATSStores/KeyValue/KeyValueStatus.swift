import NATSClient

/// How a bucket is, at one moment.
public struct KeyValueStatus: Sendable, Hashable {
    /// The bucket's name.
    public let bucket: String
    /// What the server says of the stream that holds it.
    public let info: StreamInfo

    /// What the bucket is to be.
    public var configuration: KeyValueConfiguration { KeyValueConfiguration(info.configuration) }
    /// How many revisions it has, of all keys, markers of removed keys among them.
    public var revisionCount: UInt64 { info.state.messages }
    /// How many keys it has, removed ones of which a marker is kept among them.
    public var keyCount: Int { info.state.subjectCount }
    /// The bytes of all revisions, with their keys and headers.
    public var bytes: UInt64 { info.state.bytes }
    /// The last revision that there ever was.
    public var lastRevision: UInt64 { info.state.lastSequence }
    /// Where it is kept. There is one kind of store.
    public var backingStore: String { "JetStream" }

    init(bucket: String, info: StreamInfo) {
        self.bucket = bucket
        self.info = info
    }

    /// Nil when the stream holds no bucket.
    init?(_ info: StreamInfo) {
        guard let bucket = KeyValueName.bucket(ofStream: info.configuration.name) else { return nil }
        self.init(bucket: bucket, info: info)
    }
}
