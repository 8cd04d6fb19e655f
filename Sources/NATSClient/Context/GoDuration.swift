/// Durations as Go writes them: numbers with units, `1h15m30.5s`, `250ms`. Source: `time.ParseDuration`.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("\u{B5}s", 1e3), ("\u{3BC}s", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9),
    ]

    /// Nil unless `text` is a duration without a sign, of less than a century.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text)
        var nanoseconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest[digits.endIndex...]
            let name = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
            rest = rest[name.endIndex...]
            guard let number = Double(digits), let unit = units.first(where: { $0.name == name }) else { return nil }
            nanoseconds += number * unit.nanoseconds
        }
        guard nanoseconds < 3_600e9 * 24 * 36_500 else { return nil }
        return .nanoseconds(Int64(nanoseconds))
    }
}
