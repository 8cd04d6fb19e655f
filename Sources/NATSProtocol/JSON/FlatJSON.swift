import FoundationEssentials

/// The value of a field that is neither an object nor an array.
package enum JSONScalar: Hashable, Sendable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case bool(Bool)
    case null
    /// An object or an array: what a flat reader has no use for.
    case nested

    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// A whole number; writers that know only floating point may add `.0`.
    package var wholeNumber: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        case .text, .bool, .null, .nested: nil
        }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
}

/// Reads JSON objects of which only the fields at the top matter, for small files and tokens.
package enum FlatJSON {
    /// The text isn't a JSON object. Nothing of it is repeated, since such files hold secrets.
    package struct NotAnObject: Error, Hashable, Sendable {}

    package static func fields(of json: Span<UInt8>) throws(NotAnObject) -> [String: JSONScalar] {
        let data = Data([UInt8](copying: json))
        guard let object = try? JSONDecoder().decode(FlatObject.self, from: data) else { throw NotAnObject() }
        return object.fields
    }
}

private struct FlatObject: Decodable {
    var fields: [String: JSONScalar] = [:]

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for key in container.allKeys { fields[key.stringValue] = Self.scalar(container, key) }
    }

    private static func scalar(_ container: KeyedDecodingContainer<Name>, _ key: Name) -> JSONScalar {
        if let text = try? container.decode(String.self, forKey: key) { return .text(text) }
        if let value = try? container.decode(Bool.self, forKey: key) { return .bool(value) }
        if let value = try? container.decode(Int64.self, forKey: key) { return .integer(value) }
        if let value = try? container.decode(Double.self, forKey: key) { return .number(value) }
        return (try? container.decodeNil(forKey: key)) == true ? .null : .nested
    }
}
