/// The last token of a published message's reply subject: its slot in the window, and how often that was used, as one number in as few
/// characters as it takes. A server copies it, looks it up and sends it back for every message.
///
/// Digits of base 64 (`0`–`9`, `A`–`Z`, `a`–`z`, `-`, `_`), the lowest first. A window of 4096 messages takes three to five of them for the first thousand million messages.
package struct PublishToken: Sendable {
    private let slotBits: UInt64

    /// 64 bits.
    private static let digitsMax = 11

    /// - Parameter slots: of the window. There are numbers for one more at least: a slot that was used four thousand million times is
    ///   used up, and another one takes its place.
    package init(slots: Int) {
        slotBits = UInt64(Int.bitWidth &- max(slots, 1).leadingZeroBitCount)
    }

    /// Appends the token of `id`.
    @inline(__always)
    package func append(_ id: WaiterID, to buffer: inout ByteBuffer) {
        var number = UInt64(id.generation) &<< slotBits | UInt64(truncatingIfNeeded: id.slot)
        repeat {
            buffer.append(Self.character(UInt8(truncatingIfNeeded: number & 63)))
            number &>>= 6
        } while number != 0
    }

    /// Reads an id; nil for everything that `append` doesn't write.
    @inline(__always)
    package func parse(_ token: Span<UInt8>) -> WaiterID? {
        guard !token.isEmpty, token.count <= Self.digitsMax else { return nil }
        var number: UInt64 = 0
        var index = token.count
        while index > 0 {
            index &-= 1
            guard let digit = Self.digit(token[index]), number &>> 58 == 0 else { return nil }
            number = number &<< 6 | UInt64(digit)
        }
        // Each number has one token.
        guard token.count == 1 || token[token.count &- 1] != UInt8(ascii: "0") else { return nil }
        guard let generation = UInt32(exactly: number &>> slotBits) else { return nil }
        return WaiterID(slot: Int(truncatingIfNeeded: number & (1 &<< slotBits &- 1)), generation: generation)
    }

    @inline(__always)
    private static func character(_ digit: UInt8) -> UInt8 {
        switch digit {
        case 0..<10: UInt8(ascii: "0") &+ digit
        case 10..<36: UInt8(ascii: "A") &+ (digit &- 10)
        case 36..<62: UInt8(ascii: "a") &+ (digit &- 36)
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }

    @inline(__always)
    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character &- UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character &- UInt8(ascii: "A") &+ 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character &- UInt8(ascii: "a") &+ 36
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
