/// Decimal numbers as the protocol writes them: digits only, no sign, no separators.
@usableFromInline
package enum Decimal {
    /// "00" to "99", so that two digits cost one division. A static string is a constant address: no lazy global.
    @inlinable
    package static var pairs: StaticString {
        """
        0001020304050607080910111213141516171819\
        2021222324252627282930313233343536373839\
        4041424344454647484950515253545556575859\
        6061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899
        """
    }

    /// How many digits `value` takes: 1 to 20.
    @inlinable
    package static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            count &+= 4
        }
        if rest >= 1_000 { return count &+ 3 }
        if rest >= 100 { return count &+ 2 }
        return rest >= 10 ? count &+ 1 : count
    }

    /// Numbers below this have a short text.
    @inlinable package static var shortEnd: Int { 10_000 }

    /// The number that stands in `bytes[start..<end]`; nil unless it is 1 or more digits and nothing else, and fits.
    @usableFromInline
    package static func parse(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> UInt64? {
        guard start >= 0, start < end, end <= bytes.count else { return nil }
        var value: UInt64 = 0
        var index = start
        while index < end {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
            index &+= 1
        }
        return value
    }
}

/// The digits of a number below `Decimal.shortEnd`, packed: what a size mostly is, without a loop.
@usableFromInline
internal struct ShortDecimal {
    /// The digits, the first one in the lowest byte; zero bytes after them.
    @usableFromInline internal let digits: UInt64
    /// 1 to 4.
    @usableFromInline internal let count: Int

    @inlinable
    @inline(__always)
    internal init(_ value: Int) {
        let value = UInt32(truncatingIfNeeded: value)
        let text = Decimal.pair(value / 100) | Decimal.pair(value % 100) &<< 16
        // Leading zeros go; the last digit stays in any case.
        let zeroBits = UInt64((text ^ 0x3030_3030 | 0x0100_0000).trailingZeroBitCount & 0x18)
        digits = UInt64(text) &>> zeroBits
        count = 4 &- Int(truncatingIfNeeded: zeroBits &>> 3)
    }

    /// The digits with `text`, at most two bytes, after them.
    @inlinable
    @inline(__always)
    internal func followed(by text: UInt64) -> UInt64 {
        digits | text &<< UInt64(truncatingIfNeeded: count &* 8)
    }
}
