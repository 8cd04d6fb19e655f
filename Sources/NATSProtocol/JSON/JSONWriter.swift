/// Writes one JSON text on one line, without spaces: whoever calls the functions in another order than JSON's grammar gets
/// what it asked for.
package struct JSONWriter: ~Copyable {
    private var buffer: ByteBuffer
    private var needsComma = false

    package init(minimumCapacity: Int = 256) { buffer = ByteBuffer(minimumCapacity: minimumCapacity) }

    /// What was written.
    package var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { buffer.span }
    }

    package var count: Int { buffer.count }

    /// Begins another text in the same memory.
    package mutating func removeAll() {
        buffer.removeAll()
        needsComma = false
    }

    // MARK: - Containers

    package mutating func beginObject() { begin(UInt8(ascii: "{")) }
    package mutating func endObject() { end(UInt8(ascii: "}")) }
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// The key of the value that follows: ASCII without quotation marks and backslashes.
    package mutating func key(_ name: StaticString) {
        separate()
        buffer.append(UInt8(ascii: "\""))
        buffer.append(name)
        buffer.append("\":")
        needsComma = false
    }

    /// The key of the value that follows, whatever characters it has.
    package mutating func key(_ name: String) {
        value(name)
        buffer.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A value that is JSON already.
    package mutating func source(_ json: [UInt8]) {
        separate()
        for byte in json { buffer.append(byte) }
    }

    private mutating func begin(_ start: UInt8) {
        separate()
        buffer.append(start)
        needsComma = false
    }

    private mutating func end(_ end: UInt8) {
        buffer.append(end)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { buffer.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: - Values

    package mutating func value(_ value: Bool) {
        separate()
        buffer.append(value ? "true" : "false")
    }

    package mutating func value(_ value: Int) { self.value(Int64(value)) }

    package mutating func value(_ value: Int64) {
        separate()
        if value < 0 { buffer.append(UInt8(ascii: "-")) }
        buffer.append(decimal: value.magnitude)
    }

    package mutating func value(_ value: UInt64) {
        separate()
        buffer.append(decimal: value)
    }

    /// The shortest text that reads as the same number; `null` when it isn't finite.
    package mutating func value(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        buffer.append(utf8: value.description)
    }

    package mutating func null() {
        separate()
        buffer.append("null")
    }

    package mutating func value(_ text: String) {
        separate()
        buffer.append(UInt8(ascii: "\""))
        for byte in text.utf8 { append(byte) }
        buffer.append(UInt8(ascii: "\""))
    }

    /// Control characters never stand for themselves, so that the text is one line.
    private mutating func append(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): buffer.append("\\\"")
        case UInt8(ascii: "\\"): buffer.append("\\\\")
        case 0x08: buffer.append("\\b")
        case 0x09: buffer.append("\\t")
        case 0x0A: buffer.append("\\n")
        case 0x0C: buffer.append("\\f")
        case 0x0D: buffer.append("\\r")
        case 0x00..<0x20:
            buffer.append("\\u00")
            buffer.append(Self.hexadecimalDigit(byte &>> 4))
            buffer.append(Self.hexadecimalDigit(byte & 15))
        default: buffer.append(byte)
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
    }
}

extension JSONWriter {
    package mutating func field(_ name: StaticString, _ value: Bool) { key(name); self.value(value) }
    package mutating func field(_ name: StaticString, _ value: Int) { key(name); self.value(value) }
    package mutating func field(_ name: StaticString, _ value: UInt64) { key(name); self.value(value) }
    package mutating func field(_ name: StaticString, _ value: String) { key(name); self.value(value) }
    /// Nothing for nil.
    package mutating func field(_ name: StaticString, _ value: String?) {
        if let value { field(name, value) }
    }
}
