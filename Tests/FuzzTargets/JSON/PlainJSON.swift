/// A whole JSON text (RFC 8259), read by recursion.
indirect enum PlainJSON: Equatable {
    case object([Member])
    case array([PlainJSON])
    case string(String)
    /// As it was written.
    case number(String)
    case bool(Bool)
    case null

    struct Member: Equatable {
        var name: String
        var value: PlainJSON
    }

    /// nil: not JSON, nested deeper than `depthMax`, or a name or text that isn't UTF-8.
    ///
    /// - Parameter checksTexts: false lets names and texts have bytes that aren't UTF-8, as what is skipped may.
    init?(_ bytes: [UInt8], depthMax: Int = 512, checksTexts: Bool = true) {
        var parser = Parser(rest: bytes[...], checksTexts: checksTexts)
        guard let value = parser.value(depthMax: depthMax) else { return nil }
        parser.skipBlanks()
        guard parser.rest.isEmpty else { return nil }
        self = value
    }

    /// The last value of this name, as decoders see it.
    subscript(name: String) -> PlainJSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }
}

private struct Parser {
    var rest: ArraySlice<UInt8>
    let checksTexts: Bool

    mutating func skipBlanks() { rest = rest.drop { [0x20, 0x09, 0x0D, 0x0A].contains($0) } }

    private mutating func skip(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    mutating func value(depthMax: Int) -> PlainJSON? {
        skipBlanks()
        switch rest.first {
        case UInt8(ascii: "{"): return depthMax > 0 ? object(depthMax: depthMax) : nil
        case UInt8(ascii: "["): return depthMax > 0 ? array(depthMax: depthMax) : nil
        case UInt8(ascii: "\""): return string().map { .string($0) }
        default: break
        }
        if skip("true") { return .bool(true) }
        if skip("false") { return .bool(false) }
        return skip("null") ? .null : number()
    }

    private mutating func object(depthMax: Int) -> PlainJSON? {
        var members: [PlainJSON.Member] = []
        rest.removeFirst()
        skipBlanks()
        if skip("}") { return .object([]) }
        while true {
            skipBlanks()
            guard let name = string() else { return nil }
            skipBlanks()
            guard skip(":"), let value = value(depthMax: depthMax - 1) else { return nil }
            members.append(PlainJSON.Member(name: name, value: value))
            skipBlanks()
            if skip("}") { return .object(members) }
            guard skip(",") else { return nil }
        }
    }

    private mutating func array(depthMax: Int) -> PlainJSON? {
        var elements: [PlainJSON] = []
        rest.removeFirst()
        skipBlanks()
        if skip("]") { return .array([]) }
        while true {
            guard let value = value(depthMax: depthMax - 1) else { return nil }
            elements.append(value)
            skipBlanks()
            if skip("]") { return .array(elements) }
            guard skip(",") else { return nil }
        }
    }

    private mutating func number() -> PlainJSON? {
        let start = rest
        _ = skip("-")
        if !skip("0") { guard digits() else { return nil } }
        if skip(".") { guard digits() else { return nil } }
        if skip("e") || skip("E") {
            if !skip("-") { _ = skip("+") }
            guard digits() else { return nil }
        }
        return .number(String(decoding: start[..<rest.startIndex], as: UTF8.self))
    }

    private mutating func digits() -> Bool {
        let count = rest.count
        rest = rest.drop { (0x30...0x39).contains($0) }
        return rest.count < count
    }

    private mutating func string() -> String? {
        guard skip("\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                return checksTexts ? String(validating: bytes, as: UTF8.self) : String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                bytes += Array(String(scalar).utf8)
            case 0..<0x20: return nil
            default: bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        let letters: [UInt8: Unicode.Scalar] = [
            0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
        ]
        guard let letter = rest.popFirst() else { return nil }
        guard letter == UInt8(ascii: "u") else { return letters[letter] }
        guard let unit = unit() else { return nil }
        guard (0xD800..<0xE000).contains(unit) else { return Unicode.Scalar(unit) }
        guard unit < 0xDC00, skip("\\u"), let trail = self.unit(), (0xDC00..<0xE000).contains(trail) else { return nil }
        return Unicode.Scalar(0x1_0000 + (unit - 0xD800) * 0x400 + (trail - 0xDC00))
    }

    private mutating func unit() -> UInt32? {
        let digits = rest.prefix(4)
        guard digits.count == 4 else { return nil }
        rest = rest.dropFirst(4)
        let text = String(decoding: digits, as: UTF8.self)
        return text.utf8.first == UInt8(ascii: "+") || text.utf8.first == UInt8(ascii: "-") ? nil : UInt32(text, radix: 16)
    }
}
