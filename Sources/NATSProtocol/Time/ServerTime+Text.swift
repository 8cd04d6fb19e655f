extension ServerTime: CustomStringConvertible {
    /// RFC 3339 in UTC, with as many digits of the second as are needed: `2026-02-22T13:18:48.4Z`.
    public var description: String {
        let (seconds, nanoseconds) = Self.divide(nanosecondsSince1970, by: 1_000_000_000)
        let (days, ofDay) = Self.divide(seconds, by: 86_400)
        let (year, month, day) = Self.date(days: Int(days))
        let date = "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))"
        let time =
            "\(Self.digits(Int(ofDay / 3_600), 2)):\(Self.digits(Int(ofDay / 60 % 60), 2)):\(Self.digits(Int(ofDay % 60), 2))"
        return "\(date)T\(time)\(Self.fraction(Int(nanoseconds)))Z"
    }

    /// The remainder is never negative.
    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The inverse of `days(year:month:day:)`.
    private static func date(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func digits(_ value: Int, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    private static func fraction(_ nanoseconds: Int) -> String {
        guard nanoseconds > 0 else { return "" }
        var text = digits(nanoseconds, 9)[...]
        while text.last == "0" { text = text.dropLast() }
        return ".\(text)"
    }
}
