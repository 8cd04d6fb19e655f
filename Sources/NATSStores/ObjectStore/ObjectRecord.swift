import NATSClient
internal import NATSProtocol

/// An object's record as it is stored. What this version of the library doesn't know of it is kept when it is changed.
///
/// Source: `ObjectInfo` of ADR-20.
struct ObjectRecord: ExtensibleJSONObject, Hashable {
    var name = ""
    var description: String?
    var headers = ObjectHeaders()
    var metadata: [String: String] = [:]
    var options: ObjectRecordOptions?
    var bucket = ""
    var id = ""
    var size: UInt64 = 0
    /// Some clients write it. Never written by us: the message has a time of its own.
    var modified: ServerTime?
    var chunkCount = 0
    var digest = ""
    var isDeleted = false
    var unknownFields = UnknownFields()

    static let fields: [JSONField<ObjectRecord>] = [
        .always("name", \.name), .optional("description", \.description),
        .field("headers", \.headers, unless: ObjectHeaders()), .field("metadata", \.metadata, unless: [:]),
        .optional("options", \.options), .always("bucket", \.bucket), .always("nuid", \.id), .always("size", \.size),
        .time("mtime", \.modified), .always("chunks", \.chunkCount), .field("digest", \.digest, unless: ""),
        .field("deleted", \.isDeleted, unless: false),
    ]
}

extension ObjectRecord {
    init(_ meta: ObjectMeta, bucket: String, id: String, options: ObjectRecordOptions) {
        self.init()
        self.bucket = bucket
        self.id = id
        self.options = options
        apply(meta)
    }

    mutating func apply(_ meta: ObjectMeta) {
        name = meta.name
        description = meta.description
        headers = ObjectHeaders(values: meta.headers)
        metadata = meta.metadata
    }
}

struct ObjectRecordOptions: ExtensibleJSONObject, Hashable {
    var link: ObjectLink?
    var chunkBytes: Int?
    var unknownFields = UnknownFields()

    static let fields: [JSONField<ObjectRecordOptions>] = [
        .optional("link", \.link), .limit("max_chunk_size", \.chunkBytes),
    ]
}

extension ObjectLink: JSONObject {
    static let fields: [JSONField<ObjectLink>] = [.always("bucket", \.bucket), .optional("name", \.name)]
}

/// The headers of an object: names and lists of values. Other clients have written a value alone in place of a list, and an
/// object `inner` around it all.
struct ObjectHeaders: JSONValue, Hashable {
    var values: [String: [String]] = [:]

    init(values: [String: [String]] = [:]) { self.values = values }

    init(from reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            let name = key.string ?? ""
            switch reader.nextKind() {
            case .string: values[name] = [try reader.readString()]
            case .array: values[name] = try Self.list(&reader)
            case .object where name == "inner": values.merge(try ObjectHeaders(from: &reader).values) { _, new in new }
            default: try reader.skipValue()
            }
        }
    }

    private static func list(_ reader: inout JSONReader) throws(JSONError) -> [String] {
        var list: [String] = []
        try reader.beginArray()
        while try reader.nextElement() {
            if reader.nextKind() == .string {
                list.append(try reader.readString())
            } else {
                try reader.skipValue()
            }
        }
        return list
    }

    func write(to writer: inout JSONWriter) { values.write(to: &writer) }
}
