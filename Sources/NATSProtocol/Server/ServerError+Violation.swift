/// Grammar of what follows the text of a permission violation; a name is quoted as Go's `%q` does it:
/// `name [" using queue " name] [" (sid " name ")"] [", too many tokens"]`
extension ServerError {
    /// Reads the names from `text`, which follows the classified prefix. What can't be read stays nil.
    mutating func readViolation(_ text: ArraySlice<UInt8>) {
        var scanner = QuotedNameScanner(rest: text)
        switch kind {
        case .publishPermissionViolation:
            subject = scanner.name()
        case .replyPermissionViolation:
            reply = scanner.name()
        case .subscriptionPermissionViolation:
            subject = scanner.name()
            if scanner.skip("using queue") { queueGroup = scanner.name() }
            if scanner.skip("(sid") { subscriptionID = scanner.name().flatMap { UInt64($0) } }
        default:
            break
        }
    }
}

/// Walks over words and quoted names of a text of the server.
private struct QuotedNameScanner {
    var rest: ArraySlice<UInt8>

    /// Skips `word` and the blanks in front of it; false, and nothing skipped, when something else is there.
    mutating func skip(_ word: String) -> Bool {
        let text = rest.drop { $0 == UInt8(ascii: " ") }
        let matches = text.starts(with: word.utf8)
        if matches { rest = text.dropFirst(word.utf8.count) }
        return matches
    }

    /// Reads a quoted name; nil when there is none, or it isn't closed.
    mutating func name() -> String? {
        var text = rest.drop { $0 == UInt8(ascii: " ") }
        guard text.popFirst() == UInt8(ascii: "\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = text.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                rest = text
                return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard Self.appendEscape(from: &text, to: &bytes) else { return nil }
            default:
                bytes.append(byte)
            }
        }
        return nil
    }

    /// Reads what follows a backslash. Source: https://go.dev/ref/spec#String_literals
    private static func appendEscape(from text: inout ArraySlice<UInt8>, to bytes: inout [UInt8]) -> Bool {
        guard let escape = text.popFirst() else { return false }
        switch escape {
        case UInt8(ascii: "a"): bytes.append(0x07)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "v"): bytes.append(0x0B)
        case UInt8(ascii: "x"):
            guard let value = hexadecimal(2, from: &text) else { return false }
            bytes.append(UInt8(truncatingIfNeeded: value))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let digitCount = escape == UInt8(ascii: "u") ? 4 : 8
            guard let scalar = hexadecimal(digitCount, from: &text).flatMap(Unicode.Scalar.init) else { return false }
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: bytes.append(escape)
        }
        return true
    }

    private static func hexadecimal(_ digitCount: Int, from text: inout ArraySlice<UInt8>) -> UInt32? {
        let digits = text.prefix(digitCount)
        guard digits.count == digitCount, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
        else {
            return nil
        }
        text = text.dropFirst(digitCount)
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
