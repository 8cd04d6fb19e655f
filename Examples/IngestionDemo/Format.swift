/// Numbers for people.
enum Format {
    /// `1,234,567`
    static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3), text.last != "-" { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// `12.3`
    static func decimal(_ value: Double, places: Int = 1) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "?" }
        let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard places > 0 else { return count(scaled) }
        return count(scaled / scale) + "." + String(abs(scaled % scale)).padded(toAtLeast: places, with: "0")
    }

    /// `38.2 MB`, in millions.
    static func bytes(_ value: some BinaryInteger) -> String {
        switch Double(value) {
        case ..<1e3: "\(value) B"
        case ..<1e6: decimal(Double(value) / 1e3, places: 0) + " kB"
        case ..<1e9: decimal(Double(value) / 1e6) + " MB"
        case let value: decimal(value / 1e9, places: 2) + " GB"
        }
    }

    /// `64.2 µs`, `1.24 ms`
    static func duration(nanoseconds: UInt64) -> String {
        switch Double(nanoseconds) {
        case ..<1e6: decimal(Double(nanoseconds) / 1e3) + " µs"
        case ..<1e9: decimal(Double(nanoseconds) / 1e6, places: 2) + " ms"
        case let value: decimal(value / 1e9, places: 2) + " s"
        }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

    var nanoseconds: UInt64 {
        UInt64(max(0, components.seconds)) * 1_000_000_000 + UInt64(max(0, components.attoseconds)) / 1_000_000_000
    }
}

extension String {
    /// Blanks (or another character) in front, up to `width`.
    func padded(toAtLeast width: Int, with character: Character = " ") -> String {
        String(repeating: character, count: max(0, width - count)) + self
    }

    /// Blanks behind, up to `width`.
    func filled(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
