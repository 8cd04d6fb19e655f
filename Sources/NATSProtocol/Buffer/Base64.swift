/// Base 64 of RFC 4648, in the forms that are needed.
package enum Base64 {
    package enum Form: Sendable {
        /// Section 4: `+`, `/` and padding, which may be missing when read. Keys of WebSocket, Basic credentials.
        case standard
        /// Section 5 without padding: `-` and `_`. Signatures of nonces, parts of a JWT.
        case url
        /// Section 5: `-`, `_` and padding, which may be missing when read. Names and digests of objects.
        case paddedURL

        fileprivate var isPadded: Bool { self != .url }
        fileprivate var character62: UInt8 { self == .standard ? UInt8(ascii: "+") : UInt8(ascii: "-") }
        fileprivate var character63: UInt8 { self == .standard ? UInt8(ascii: "/") : UInt8(ascii: "_") }
    }

    package static func encode(_ bytes: Span<UInt8>, _ form: Form) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var pending: UInt32 = 0
        var bitCount: UInt32 = 0
        for index in bytes.indices {
            pending = (pending & 0xF) << 8 | UInt32(bytes[index])
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                text.append(character(pending >> bitCount, form))
            }
        }
        if bitCount > 0 { text.append(character(pending << (6 - bitCount), form)) }
        if form.isPadded {
            while text.count % 4 != 0 { text.append(padding) }
        }
        return String(repairing: text.span)
    }

    /// How many bytes a text of `characterCount` characters holds at most.
    package static func byteCountMax(ofCharacters characterCount: Int) -> Int { characterCount / 4 * 3 + 3 }

    /// Appends the bytes of `text`; `output` has room for ``byteCountMax(ofCharacters:)``.
    ///
    /// - Returns: false when the text has other characters, a length that no bytes have, or set bits behind the last
    ///   byte.
    package static func decode(_ text: Span<UInt8>, _ form: Form, into output: inout OutputSpan<UInt8>) -> Bool {
        let count = form.isPadded ? countWithoutPadding(text) : text.count
        guard count % 4 != 1 else { return false }
        var pending: UInt32 = 0
        var bitCount: UInt32 = 0
        for index in 0..<count {
            guard let value = value(of: text[index], form) else { return false }
            pending = (pending << 6 | value) & 0x3FFF
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                output.append(UInt8(truncatingIfNeeded: pending >> bitCount))
            }
        }
        return pending & (1 << bitCount &- 1) == 0
    }

    /// The bytes of `text`; nil when it isn't in this form.
    package static func decode(_ text: Span<UInt8>, _ form: Form) -> [UInt8]? {
        var isSound = false
        let bytes = [UInt8](capacity: byteCountMax(ofCharacters: text.count)) { output in
            isSound = decode(text, form, into: &output)
        }
        return isSound ? bytes : nil
    }

    private static var padding: UInt8 { UInt8(ascii: "=") }

    /// Padding that completes the last group of four isn't counted; any other is left for the alphabet to refuse.
    private static func countWithoutPadding(_ text: Span<UInt8>) -> Int {
        guard text.count % 4 == 0, text.count > 0, text[text.count - 1] == padding else { return text.count }
        return text[text.count - 2] == padding ? text.count - 2 : text.count - 1
    }

    private static func character(_ bits: UInt32, _ form: Form) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 63)
        return switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: form.character62
        default: form.character63
        }
    }

    private static func value(of character: UInt8, _ form: Form) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
        case form.character62: 62
        case form.character63: 63
        default: nil
        }
    }
}
