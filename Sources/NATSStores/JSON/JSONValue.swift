import NATSClient
internal import NATSProtocol

/// A value that one JSON value stands for, in requests and replies of the JetStream API.
protocol JSONValue: Sendable {
    init(from reader: inout JSONReader) throws(JSONError)
    func write(to writer: inout JSONWriter)
}

extension Bool: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readBool() }
    func write(to writer: inout JSONWriter) { writer.value(self) }
}

extension Int: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readInt() }
    func write(to writer: inout JSONWriter) { writer.value(self) }
}

extension UInt64: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readUInt64() }
    func write(to writer: inout JSONWriter) { writer.value(self) }
}

extension String: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readString() }
    func write(to writer: inout JSONWriter) { writer.value(self) }
}

/// In nanoseconds.
extension Duration: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) { self = .nanoseconds(try reader.readInt64()) }
    func write(to writer: inout JSONWriter) { writer.value(nanosecondsClamped) }

    /// At most 292 years, in either direction.
    var nanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowsToo) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowsToo ? (seconds < 0 ? .min : .max) : sum
    }
}

/// RFC 3339.
extension ServerTime: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) {
        guard let time = ServerTime(try reader.readString()) else { throw reader.valueError(.outOfRange) }
        self = time
    }

    func write(to writer: inout JSONWriter) { writer.value(description) }
}

/// `null` is an empty list.
extension Array: JSONValue where Element: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) {
        self = []
        if try reader.readNull() { return }
        try reader.beginArray()
        while try reader.nextElement() { append(try Element(from: &reader)) }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for element in self { element.write(to: &writer) }
        writer.endArray()
    }
}

/// Written in the order of the keys, so that equal values are equal texts. `null` is an empty dictionary.
extension Dictionary: JSONValue where Key == String, Value: JSONValue {
    init(from reader: inout JSONReader) throws(JSONError) {
        self = [:]
        if try reader.readNull() { return }
        try reader.beginObject()
        while let text = try reader.nextKey() {
            let key = text.string ?? ""
            self[key] = try Value(from: &reader)
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (key, value) in sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            value.write(to: &writer)
        }
        writer.endObject()
    }
}

/// A word of the API of which later servers may have more.
protocol JSONWord: JSONValue, RawRepresentable<String>, Hashable, CustomStringConvertible {
    init(rawValue: String)
}

extension JSONWord {
    init(from reader: inout JSONReader) throws(JSONError) { self.init(rawValue: try reader.readString()) }
    func write(to writer: inout JSONWriter) { writer.value(rawValue) }
    /// The word as it stands in JSON.
    public var description: String { rawValue }
}
