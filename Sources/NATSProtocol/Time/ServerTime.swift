/// An instant as servers write it: RFC 3339, to the nanosecond, on the server's own clock.
public struct ServerTime: Hashable, Sendable {
    /// Since 1970-01-01T00:00:00Z, without leap seconds: from the year 1678 to 2261.
    public let nanosecondsSince1970: Int64

    /// The instant so many nanoseconds after 1970-01-01T00:00:00Z.
    public init(nanosecondsSince1970: Int64) {
        self.nanosecondsSince1970 = nanosecondsSince1970
    }

    /// Reads `2026-02-22T13:18:48.400821739Z`, or with an offset (`+01:00`). Nil when it is anything else, or out of range.
    public init?(_ text: String) {
        var scanner = TimeScanner(bytes: Array(text.utf8))
        guard let year = scanner.number(digits: 4, in: 0...9_999), scanner.skip("-"),
            let month = scanner.number(digits: 2, in: 1...12), scanner.skip("-"),
            let day = scanner.number(digits: 2, in: 1...31), scanner.skip("T") || scanner.skip("t"),
            let hour = scanner.number(digits: 2, in: 0...23), scanner.skip(":"),
            let minute = scanner.number(digits: 2, in: 0...59), scanner.skip(":"),
            let second = scanner.number(digits: 2, in: 0...60),
            let fraction = scanner.fraction(), let offset = scanner.offsetSeconds(), scanner.isAtEnd
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        // At most ten thousand years in seconds: far from overflow.
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        let (scaled, overflows) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (total, overflowsToo) = scaled.addingReportingOverflow(Int64(fraction))
        guard !overflows, !overflowsToo else { return nil }
        nanosecondsSince1970 = total
    }

    /// Days since 1970-01-01 in the Gregorian calendar. The year begins in March, so that the leap day is its last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension ServerTime: Comparable {
    public static func < (left: ServerTime, right: ServerTime) -> Bool {
        left.nanosecondsSince1970 < right.nanosecondsSince1970
    }

    /// How much later this is than `earlier`; negative when it is earlier. Clocks of two servers differ.
    public func duration(since earlier: ServerTime) -> Duration {
        .nanoseconds(nanosecondsSince1970) - .nanoseconds(earlier.nanosecondsSince1970)
    }
}

/// Walks over the fields of a time.
private struct TimeScanner {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func number(digits: Int, in range: ClosedRange<Int>) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = nextDigit() else { return nil }
            value = value * 10 + digit
        }
        return range.contains(value) ? value : nil
    }

    /// Nanoseconds behind the point, 0 without one; further digits don't count.
    mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        guard let first = nextDigit() else { return nil }
        var value = first * 100_000_000
        var scale = 10_000_000
        while let digit = nextDigit() {
            value += digit * scale
            scale /= 10
        }
        return value
    }

    mutating func offsetSeconds() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let isNegative = skip("-")
        guard isNegative || skip("+"), let hours = number(digits: 2, in: 0...23), skip(":"),
            let minutes = number(digits: 2, in: 0...59)
        else { return nil }
        return (hours * 3_600 + minutes * 60) * (isNegative ? -1 : 1)
    }

    private mutating func nextDigit() -> Int? {
        guard position < bytes.count, 0x30...0x39 ~= bytes[position] else { return nil }
        defer { position += 1 }
        return Int(bytes[position] - 0x30)
    }
}
