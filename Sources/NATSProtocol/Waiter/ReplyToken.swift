/// The last token of a request's reply subject: a waiter's id as 16 hexadecimal digits, upper case.
///
/// Of one size for every id, so that eight digits at a time are written and read by a few operations on words.
package enum ReplyToken {
    /// How many bytes a token has.
    package static let byteCount = 16

    /// Appends the text of `id`.
    package static func append(_ id: WaiterID, to buffer: inout ByteBuffer) {
        buffer.append(eightBytes: digits(UInt32(truncatingIfNeeded: id.rawValue &>> 32)))
        buffer.append(eightBytes: digits(UInt32(truncatingIfNeeded: id.rawValue)))
    }

    /// Reads an id; nil for everything that `append` doesn't write.
    package static func parse(_ token: Span<UInt8>) -> WaiterID? {
        guard token.count == byteCount, let high = number(token.word64(at: 0)), let low = number(token.word64(at: 8))
        else { return nil }
        return WaiterID(rawValue: UInt64(high) &<< 32 | UInt64(low))
    }

    /// Eight digits, the first one in the lowest byte.
    private static func digits(_ value: UInt32) -> UInt64 {
        // One nibble into each byte: bytes apart, then the halves of each.
        var word = UInt64(value.byteSwapped)
        word = (word | word &<< 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word &<< 8) & 0x00FF_00FF_00FF_00FF
        word = (word & 0x00F0_00F0_00F0_00F0) &>> 4 | (word & 0x000F_000F_000F_000F) &<< 8
        let isLetter = (word &+ 0x0606_0606_0606_0606) &>> 4 & 0x0101_0101_0101_0101
        return word &+ 0x3030_3030_3030_3030 &+ isLetter &* 7
    }

    /// The number of eight digits; nil when the word is anything else.
    private static func number(_ text: UInt64) -> UInt32? {
        // Letters have bit 6, and their low nibbles begin at 1.
        let isLetter = text &>> 6 & 0x0101_0101_0101_0101
        var word = (text & 0x0F0F_0F0F_0F0F_0F0F) &+ isLetter &* 9
        word = (word & 0x000F_000F_000F_000F) &<< 4 | (word &>> 8) & 0x000F_000F_000F_000F
        word = (word | word &>> 8) & 0x0000_FFFF_0000_FFFF
        word = (word | word &>> 16) & 0x0000_0000_FFFF_FFFF
        let value = UInt32(truncatingIfNeeded: word).byteSwapped
        // What wasn't digits doesn't come back.
        return digits(value) == text ? value : nil
    }
}
