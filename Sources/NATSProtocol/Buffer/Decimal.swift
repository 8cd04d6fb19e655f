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
