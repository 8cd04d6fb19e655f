internal import NATSProtocol

/// A model that is a JSON object: a list of its fields says all of it.
protocol JSONObject: JSONValue {
    init()
    static var fields: [JSONField<Self>] { get }
    /// Takes a member that no field has.
    mutating func readUnknown(_ name: String, _ reader: inout JSONReader) throws(JSONError)
    func writeUnknown(to writer: inout JSONWriter)
    /// What its parts need.
    var levelOfParts: Int { get }
}

extension JSONObject {
    init(from reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let key = try reader.nextKey() { try readMember(key, &reader) }
    }

    /// The member of which `key` was just read.
    mutating func readMember(_ key: JSONText, _ reader: inout JSONReader) throws(JSONError) {
        if let field = Self.fields.first(where: { key == $0.name }) {
            try field.read(&self, &reader)
        } else {
            try readUnknown(key.string ?? "", &reader)
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
    }

    func writeMembers(to writer: inout JSONWriter) {
        for field in Self.fields { field.write(self, &writer) }
        writeUnknown(to: &writer)
    }

    mutating func readUnknown(_ name: String, _ reader: inout JSONReader) throws(JSONError) { try reader.skipValue() }
    func writeUnknown(to writer: inout JSONWriter) {}

    var levelOfParts: Int { 0 }

    /// The lowest API level of a server that understands all of it.
    var requiredLevel: Int { Self.fields.map { $0.level(self) }.reduce(levelOfParts, max) }

    init(json: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(json)
        try self.init(from: &reader)
        try reader.finish()
    }

    /// The text of it.
    var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        let bytes = writer.bytes
        return bytes.indices.map { bytes[$0] }
    }
}

/// Members that this version of the library doesn't know: kept as they came, and sent back with the rest, so that reading a
/// configuration, changing one field and writing it loses nothing that a newer server has.
struct UnknownFields: Hashable, Sendable {
    private var members: [Member] = []

    private struct Member: Hashable {
        let name: String
        let json: [UInt8]
    }

    var names: [String] { members.map(\.name) }

    mutating func read(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        members.append(Member(name: name, json: try reader.readSource()))
    }

    func write(to writer: inout JSONWriter) {
        for member in members {
            writer.key(member.name)
            writer.source(member.json)
        }
    }
}

/// A model that keeps what it doesn't know.
protocol ExtensibleJSONObject: JSONObject {
    var unknownFields: UnknownFields { get set }
}

extension ExtensibleJSONObject {
    mutating func readUnknown(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        try unknownFields.read(name, &reader)
    }

    func writeUnknown(to writer: inout JSONWriter) { unknownFields.write(to: &writer) }
}
