/// The last token of a request's reply subject: a waiter's id as text.
///
/// Base 32 with the digits of base32hex (RFC 4648 §7), upper case, no leading zeros: each id has exactly one text, of 1
/// to 13 characters.
package enum ReplyToken {
    /// Appends the text of `id`.
    package static func append(_ id: WaiterID, to buffer: inout ByteBuffer) {
        let significantBits = 64 &- id.rawValue.leadingZeroBitCount
        let digitCount = max(1, (significantBits &+ 4) / 5)
        buffer.reserve(digitCount)
        var shift = UInt64(digitCount &- 1) &* 5
        for _ in 0..<digitCount {
            let digit = UInt8(truncatingIfNeeded: id.rawValue &>> shift) & 31
            buffer.append(digit < 10 ? 0x30 &+ digit : 0x37 &+ digit)
            shift &-= 5
        }
    }

    /// Reads an id; nil for everything that `append` doesn't write.
    package static func parse(_ token: Span<UInt8>) -> WaiterID? {
        guard (1...13).contains(token.count), token.count == 1 || token[0] != 0x30 else { return nil }
        var value: UInt64 = 0
        for index in token.indices {
            let digit: UInt8
            switch token[index] {
            case 0x30...0x39: digit = token[index] &- 0x30
            case 0x41...0x56: digit = token[index] &- 0x37
            default: return nil
            }
            guard value <= UInt64.max >> 5 else { return nil }
            value = value &<< 5 | UInt64(digit)
        }
        return WaiterID(rawValue: value)
    }
}
