/// Numbers as digits, capital letters and small letters: what is safe in a subject token.
internal enum Base62 {
    /// The digit for 0...61; the arithmetic keeps larger values in that range.
    static func digit(_ value: UInt128) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: value % 62)
        if digit < 10 { return UInt8(ascii: "0") &+ digit }
        if digit < 36 { return UInt8(ascii: "A") &+ (digit &- 10) }
        return UInt8(ascii: "a") &+ (digit &- 36)
    }

    /// 62 to the power of `exponent`, for exponents up to 21.
    static func power(_ exponent: Int) -> UInt128 {
        var power: UInt128 = 1
        for _ in 0..<exponent { power &*= 62 }
        return power
    }
}
