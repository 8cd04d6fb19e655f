import NATSClient

/// How a bucket of objects is, at one moment.
public struct ObjectStoreStatus: Sendable, Hashable {
    /// The bucket's name.
    public let bucket: String
    /// What the server says of the stream that holds it.
    public let info: StreamInfo

    /// What the bucket is to be.
    public var configuration: ObjectStoreConfiguration { ObjectStoreConfiguration(info.configuration) }
    /// The bytes of all chunks and records, with their headers and subjects.
    public var bytes: UInt64 { info.state.bytes }
    /// Nothing can be put into it or removed from it any more.
    public var isSealed: Bool { info.configuration.isSealed }
    /// Where it is kept. There is one kind of store.
    public var backingStore: String { "JetStream" }

    init(bucket: String, info: StreamInfo) {
        self.bucket = bucket
        self.info = info
    }

    /// Nil when the stream holds no objects.
    init?(_ info: StreamInfo) {
        guard let bucket = ObjectStore.bucket(ofStream: info.configuration.name) else { return nil }
        self.init(bucket: bucket, info: info)
    }
}
