/// Reads one JSON text (RFC 8259) from front to back: the caller asks for what it expects.
///
///     var reader = JSONReader(bytes)
///     try reader.beginObject()
///     while let key = try reader.nextKey() {
///         if key == "port" {
///             port = try reader.readInt()
///         } else {
///             try reader.skipValue()
///         }
///     }
///     try reader.finish()
///
/// After ``nextKey()`` or ``nextElement()`` exactly one value is read or skipped; a nested object is read by another such
/// loop. A key that comes twice is given twice, so that the last one wins by itself. Nothing is allocated besides the
/// strings that the caller reads; skipping is a loop with a stack of bits. Whatever the bytes are, the result is a value
/// or a ``JSONError``; after an error the reader is of no more use.
package struct JSONReader: ~Copyable, ~Escapable {
    let bytes: Span<UInt8>
    var position = 0
    private var depth = 0
    /// Between the start of a container and its first member.
    private var isAtFirstMember = false

    /// Arrays and objects within each other.
    package static var depthMax: Int { 512 }

    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    // MARK: - Containers

    /// Goes into an object. Go on with ``nextKey()`` until it gives nil.
    package mutating func beginObject() throws(JSONError) { try begin(UInt8(ascii: "{")) }

    /// Goes into an array. Go on with ``nextElement()`` until it gives false.
    package mutating func beginArray() throws(JSONError) { try begin(UInt8(ascii: "[")) }

    /// The key of the next member, whose value is to be read next; nil at the end of the object, which is left then.
    @_lifetime(copy self)
    package mutating func nextKey() throws(JSONError) -> JSONText? {
        guard try nextMember(end: UInt8(ascii: "}")) else { return nil }
        guard peek() == UInt8(ascii: "\"") else { throw error(.syntax) }
        let key = try scanText()
        guard key.isUTF8 else { throw error(.invalidUTF8) }
        guard peekAfterSpace() == UInt8(ascii: ":") else { throw error(.syntax) }
        position &+= 1
        return key
    }

    /// Whether there is another element, which is to be read next; false at the end of the array, which is left then.
    package mutating func nextElement() throws(JSONError) -> Bool { try nextMember(end: UInt8(ascii: "]")) }

    /// Nothing but space may follow the value.
    package mutating func finish() throws(JSONError) {
        _ = peekAfterSpace()
        guard depth == 0, position == bytes.count else { throw error(.syntax) }
    }

    private mutating func begin(_ start: UInt8) throws(JSONError) {
        guard peekAfterSpace() == start else { throw mismatch() }
        guard depth < Self.depthMax else { throw error(.tooDeep) }
        position &+= 1
        depth &+= 1
        isAtFirstMember = true
    }

    private mutating func nextMember(end: UInt8) throws(JSONError) -> Bool {
        let isFirst = isAtFirstMember
        isAtFirstMember = false
        let byte = peekAfterSpace()
        if byte == end {
            guard depth > 0 else { throw error(.syntax) }
            position &+= 1
            depth &-= 1
            return false
        }
        if isFirst { return true }
        guard byte == UInt8(ascii: ",") else { throw error(.syntax) }
        position &+= 1
        // A comma at the end is none of JSON.
        guard peekAfterSpace() != end else { throw error(.syntax) }
        return true
    }

    // MARK: - Values

    package enum ValueKind: Hashable, Sendable {
        case object, array, string, number, bool, null
    }

    /// What the next value begins like; nil when it isn't the beginning of a value.
    package mutating func nextKind() -> ValueKind? {
        switch peekAfterSpace() {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: nil
        }
    }

    /// Reads `null`, if it is next.
    package mutating func readNull() throws(JSONError) -> Bool {
        guard nextKind() == .null else { return false }
        try expect("null")
        return true
    }

    package mutating func readBool() throws(JSONError) -> Bool {
        guard nextKind() == .bool else { throw mismatch() }
        let value = peek() == UInt8(ascii: "t")
        try expect(value ? "true" : "false")
        return value
    }

    package mutating func readBoolOrNull() throws(JSONError) -> Bool? { try readNull() ? nil : readBool() }

    /// Passes over any value, checking that it is one.
    package mutating func skipValue() throws(JSONError) {
        var open = JSONNesting()
        repeat {
            guard let kind = nextKind() else { throw error(.syntax) }
            switch kind {
            case .object, .array:
                guard depth &+ open.depth < Self.depthMax else { throw error(.tooDeep) }
                position &+= 1
                open.push(isObject: kind == .object)
                if peekAfterSpace() == open.end {
                    position &+= 1
                    open.pop()
                } else {
                    try skipKey(in: open)
                    continue
                }
            case .string: _ = try scanText()
            case .number: _ = try scanNumber()
            case .bool: _ = try readBool()
            case .null: _ = try readNull()
            }
            try skipToNextValue(in: &open)
        } while open.depth > 0
    }

    /// What is wrong about the value that was read last.
    package func valueError(_ kind: JSONError.Kind) -> JSONError { error(kind) }

    /// Any value, as it stands in the text.
    package mutating func readSource() throws(JSONError) -> [UInt8] {
        _ = peekAfterSpace()
        let start = position
        try skipValue()
        let source = bytes.extracting(start..<position)
        return source.indices.map { source[$0] }
    }

    /// Behind a value: leaves every container that ends here, and goes to the next value of the one that goes on.
    private mutating func skipToNextValue(in open: inout JSONNesting) throws(JSONError) {
        while open.depth > 0 {
            let byte = peekAfterSpace()
            guard byte == open.end || byte == UInt8(ascii: ",") else { throw error(.syntax) }
            position &+= 1
            guard byte == open.end else { return try skipKey(in: open) }
            open.pop()
        }
    }

    private mutating func skipKey(in open: JSONNesting) throws(JSONError) {
        guard open.isObject else { return }
        guard peekAfterSpace() == UInt8(ascii: "\"") else { throw error(.syntax) }
        _ = try scanText()
        guard peekAfterSpace() == UInt8(ascii: ":") else { throw error(.syntax) }
        position &+= 1
    }
}

// MARK: - Bytes

extension JSONReader {
    /// The next byte; 0 at the end, which is a byte that no token has.
    func peek() -> UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// The next byte that isn't space.
    mutating func peekAfterSpace() -> UInt8 {
        while true {
            let byte = peek()
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position &+= 1
        }
    }

    private mutating func expect(_ word: StaticString) throws(JSONError) {
        let count = word.utf8CodeUnitCount
        guard JSONText(bytes.extracting(first(count)), hasEscapes: false) == word else { throw error(.syntax) }
        position &+= count
    }

    /// The next `count` bytes, as many of them as there are.
    private func first(_ count: Int) -> Range<Int> { position..<min(bytes.count, position &+ count) }

    func error(_ kind: JSONError.Kind) -> JSONError { JSONError(kind, at: position) }

    /// What is wrong about the next value when it isn't what was asked for.
    mutating func mismatch() -> JSONError { error(nextKind() == nil ? .syntax : .wrongType) }
}

/// The containers that are open while values are skipped: one bit each.
private struct JSONNesting {
    private var objects = InlineArray<8, UInt64>(repeating: 0)
    private(set) var depth = 0

    /// Whether the innermost one is an object. Only while there is one, like ``end``.
    var isObject: Bool {
        let index = depth &- 1
        return objects[(index &>> 6) & 7] &>> UInt64(truncatingIfNeeded: index & 63) & 1 != 0
    }

    var end: UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

    /// At most 512 times, which is the reader's limit.
    mutating func push(isObject: Bool) {
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: depth & 63)
        let word = (depth &>> 6) & 7
        objects[word] = isObject ? objects[word] | bit : objects[word] & ~bit
        depth &+= 1
    }

    mutating func pop() { depth &-= 1 }
}
