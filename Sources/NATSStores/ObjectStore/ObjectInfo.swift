import NATSClient
internal import NATSProtocol

/// What is known of an object, beside its bytes.
public struct ObjectInfo: Sendable, Hashable {
    var record: ObjectRecord
    /// The number of its record in the bucket: it is another one whenever the object or what is said of it has changed.
    public let revision: UInt64
    /// When the record was stored, by the server's clock; of what a put returns, by the client's.
    public let modified: ServerTime

    /// The object's name.
    public var name: String { record.name }
    /// For people.
    public var description: String? { record.description }
    /// Names and lists of values, as of a message.
    public var headers: [String: [String]] { record.headers.values }
    /// Names and values.
    public var metadata: [String: String] { record.metadata }
    /// The bucket in which it is.
    public var bucket: String { record.bucket }
    /// The id of its bytes, which stands in the subject of its chunks: another one whenever it is put.
    public var id: String { record.id }
    /// How many bytes it has.
    public var size: UInt64 { record.size }
    /// How many chunks they are in.
    public var chunkCount: Int { record.chunkCount }
    /// How many bytes a chunk has; the last one may have fewer. Nil when whoever has put it doesn't say so.
    public var chunkBytes: Int? { record.options?.chunkBytes }
    /// The digest of its bytes: `SHA-256=` and base 64. Nil for links and deleted objects.
    public var digest: String? { record.digest.isEmpty ? nil : record.digest }
    /// It was deleted, and this is what remains of it.
    public var isDeleted: Bool { record.isDeleted }
    /// Where it leads, if it is a link.
    public var link: ObjectLink? { record.options?.link }
    /// What of it can be changed without its bytes.
    public var meta: ObjectMeta {
        ObjectMeta(name: name, description: description, headers: headers, metadata: metadata)
    }
}

/// What is said of an object by whoever puts it.
public struct ObjectMeta: Sendable, Hashable {
    /// The object's name: any text that isn't empty.
    public var name: String
    /// For people.
    public var description: String?
    /// Names and lists of values, as of a message.
    public var headers: [String: [String]]
    /// Names and values.
    public var metadata: [String: String]

    /// A name, and what is said otherwise.
    public init(
        name: String, description: String? = nil, headers: [String: [String]] = [:], metadata: [String: String] = [:]
    ) {
        self.name = name
        self.description = description
        self.headers = headers
        self.metadata = metadata
    }
}

/// Where a link leads.
public struct ObjectLink: Sendable, Hashable {
    /// The bucket.
    public internal(set) var bucket = ""
    /// The object; nil: the whole bucket.
    public internal(set) var name: String?
}

// MARK: - From messages

extension ObjectInfo {
    init(_ json: Span<UInt8>, revision: UInt64, modified: ServerTime) throws(NATSError) {
        do throws(JSONError) {
            record = try ObjectRecord(json: json)
        } catch {
            throw NATSError(.objectDamaged, "the record of an object can't be read: \(error)", underlying: error)
        }
        // The time of the message counts, whatever the record says.
        record.modified = nil
        self.revision = revision
        self.modified = modified
    }

    init(_ message: StoredMessage) throws(NATSError) {
        try self.init(message.payload.span, revision: message.sequence, modified: message.timestamp)
    }
}
