public import NATSClient
internal import NATSProtocol

/// Turns values into payloads and back. JSON, ``JSONPayloadCoder``, unless you bring another one.
///
///     struct FoundationJSON: PayloadCoder {
///         func encode(_ value: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(value)) }
///         func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
///             try JSONDecoder().decode(type, from: Data(payload))
///         }
///     }
public protocol PayloadCoder: Sendable {
    /// The bytes that stand for a value.
    func encode(_ value: some Encodable) throws -> [UInt8]
    /// The value that bytes stand for.
    func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value
}

/// JSON without Foundation: what the types themselves say by `Codable`. Numbers that aren't finite are `null`; a `Date` and `Data` of
/// Foundation are what they encode themselves as, a number and a list of numbers.
public struct JSONPayloadCoder: PayloadCoder {
    /// Coders have no settings.
    public init() {}

    /// The JSON text of a value.
    ///
    /// - Throws: what the value's `encode(to:)` throws.
    public func encode(_ value: some Encodable) throws -> [UInt8] {
        let node = JSONNode()
        try node.encode(value, [])
        var writer = JSONWriter()
        node.tree.write(to: &writer)
        let bytes = writer.bytes
        return bytes.indices.map { bytes[$0] }
    }

    /// The value of which this is the JSON text.
    ///
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
        let tree: JSONTree
        do throws(JSONError) {
            var reader = JSONReader(payload.span)
            tree = try JSONTree(from: &reader)
            try reader.finish()
        } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "\(error)", underlyingError: error))
        }
        return try JSONTreeDecoder(tree: tree, codingPath: []).decode(type)
    }
}

extension PayloadCoder where Self == JSONPayloadCoder {
    /// JSON without Foundation.
    public static var json: JSONPayloadCoder { JSONPayloadCoder() }
}

/// A JSON value. Numbers stay text, so that none loses a digit.
enum JSONTree: Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONTree])
    /// In the order in which the members were written.
    case object([(key: String, value: JSONTree)])
}

extension JSONTree: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) {
        switch reader.nextKind() {
        case .object:
            var members: [(key: String, value: JSONTree)] = []
            try reader.beginObject()
            while let text = try reader.nextKey() {
                let key = text.string ?? ""
                members.append((key, try JSONTree(from: &reader)))
            }
            self = .object(members)
        case .array: self = .array(try [JSONTree](from: &reader))
        case .string: self = .string(try reader.readString())
        case .number: self = .number(try reader.readNumberText())
        case .bool: self = .bool(try reader.readBool())
        case .null, nil:
            // Not the beginning of a value, unless it is `null`: that says so.
            guard try reader.readNull() else {
                try reader.skipValue()
                self = .null
                return
            }
            self = .null
        }
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.value(value)
        case .number(let text): writer.number(text)
        case .string(let text): writer.value(text)
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for (key, value) in members {
                writer.key(key)
                value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}

/// What JSON has a form of its own for.
protocol JSONPrimitive {
    var tree: JSONTree { get }
    /// Nil when it isn't such a value, or doesn't fit.
    init?(_ tree: JSONTree)
}

extension Bool: JSONPrimitive {
    var tree: JSONTree { .bool(self) }
    init?(_ tree: JSONTree) {
        guard case .bool(let value) = tree else { return nil }
        self = value
    }
}

extension String: JSONPrimitive {
    var tree: JSONTree { .string(self) }
    init?(_ tree: JSONTree) {
        guard case .string(let text) = tree else { return nil }
        self = text
    }
}

extension JSONPrimitive where Self: FixedWidthInteger {
    var tree: JSONTree { .number(String(self)) }
    init?(_ tree: JSONTree) {
        guard case .number(let text) = tree else { return nil }
        // Others may write whole numbers as 1e3 or 5.0.
        guard let value = Self(text) ?? Double(text).flatMap({ Self(exactly: $0) }) else { return nil }
        self = value
    }
}

extension JSONPrimitive where Self: BinaryFloatingPoint & LosslessStringConvertible {
    var tree: JSONTree { isFinite ? .number(description) : .null }
    init?(_ tree: JSONTree) {
        switch tree {
        case .number(let text):
            guard let value = Self(text) else { return nil }
            self = value
        case .null: self = .nan
        default: return nil
        }
    }
}

extension Int: JSONPrimitive {}
extension Int8: JSONPrimitive {}
extension Int16: JSONPrimitive {}
extension Int32: JSONPrimitive {}
extension Int64: JSONPrimitive {}
extension UInt: JSONPrimitive {}
extension UInt8: JSONPrimitive {}
extension UInt16: JSONPrimitive {}
extension UInt32: JSONPrimitive {}
extension UInt64: JSONPrimitive {}
extension Float: JSONPrimitive {}
extension Double: JSONPrimitive {}
