/// Base 32 of RFC 4648 section 6 (A to Z, 2 to 7) without padding: the text form of NKeys.
package enum Base32 {
    /// How many characters `byteCount` bytes take.
    package static func characterCount(ofBytes byteCount: Int) -> Int { (byteCount * 8 + 4) / 5 }

    /// How many whole bytes `characterCount` characters hold.
    package static func byteCount(ofCharacters characterCount: Int) -> Int { characterCount * 5 / 8 }

    /// Appends the text of `bytes`; `output` has room for it.
    package static func encode(_ bytes: Span<UInt8>, into output: inout OutputSpan<UInt8>) {
        var pending: UInt32 = 0
        var bitCount: UInt32 = 0
        for index in bytes.indices {
            pending = pending << 8 | UInt32(bytes[index])
            bitCount += 8
            while bitCount >= 5 {
                bitCount -= 5
                output.append(character(pending >> bitCount))
            }
            pending &= 0xFF  // at most 4 bits are needed; the rest must not shift out of the word
        }
        if bitCount > 0 { output.append(character(pending << (5 - bitCount))) }
    }

    /// Appends the bytes of `text`; `output` has room for ``byteCount(ofCharacters:)``.
    ///
    /// - Returns: false unless the text is the one that ``encode(_:into:)`` gives: other characters, lower case,
    ///   padding, a length that no bytes have, or set bits behind the last byte.
    package static func decode(_ text: Span<UInt8>, into output: inout OutputSpan<UInt8>) -> Bool {
        guard characterCount(ofBytes: byteCount(ofCharacters: text.count)) == text.count else { return false }
        var pending: UInt32 = 0
        var bitCount: UInt32 = 0
        for index in text.indices {
            guard let value = value(of: text[index]) else { return false }
            pending = (pending << 5 | value) & 0xFFF
            bitCount += 5
            if bitCount >= 8 {
                bitCount -= 8
                output.append(UInt8(truncatingIfNeeded: pending >> bitCount))
            }
        }
        return pending & (1 << bitCount &- 1) == 0
    }

    private static func character(_ bits: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 31)
        return value < 26 ? UInt8(ascii: "A") + value : UInt8(ascii: "2") + value - 26
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "2")...UInt8(ascii: "7"): UInt32(character - UInt8(ascii: "2") + 26)
        default: nil
        }
    }
}
