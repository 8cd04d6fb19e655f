/// One value of a report.
enum Figure: Equatable {
    case integer(Int)
    /// A finite number with so many digits behind the point.
    case decimal(Double, digits: Int)
    case text(String)
    case absent

    init(_ value: Int?) { self = value.map { .integer($0) } ?? .absent }
    init(_ value: String?) { self = value.map { .text($0) } ?? .absent }
    /// Absent also when it isn't finite.
    init(_ value: Double?, digits: Int) {
        guard let value, value.isFinite else { self = .absent; return }
        self = .decimal(value, digits: digits)
    }

    var text: String {
        switch self {
        case .integer(let value): String(value)
        case .decimal(let value, let digits): value.fixed(digits)
        case .text(let text): text
        case .absent: "-"
        }
    }

    /// One object on one line. The texts are our own words: nothing in them needs an escape.
    static func json(_ figures: [(name: String, value: Figure)]) -> String {
        let members = figures.map { name, value in
            switch value {
            case .integer, .decimal: "\"\(name)\": \(value.text)"
            case .text(let text): "\"\(name)\": \"\(text)\""
            case .absent: "\"\(name)\": null"
            }
        }
        return "{" + members.joined(separator: ", ") + "}"
    }
}

extension Double {
    /// With so many digits behind the point, rounded.
    func fixed(_ digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { power, _ in power * 10 }
        guard digits > 0, let scaled = Int(exactly: (magnitude * Double(scale)).rounded()) else { return description }
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return (self < 0 && scaled > 0 ? "-" : "") + "\(scaled / scale).\(zeros)\(fraction)"
    }
}
