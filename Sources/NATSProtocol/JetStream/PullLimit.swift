/// How much a consumer allows one request to ask for, as the server says when one asks for more.
package enum PullLimit: Sendable, Hashable {
    case messages(Int)
    case bytes(Int)
    case expiry(nanoseconds: UInt64)

    /// Nil for anything but `Exceeded MaxRequestBatch of 10`, `Exceeded MaxRequestMaxBytes of 1024` and
    /// `Exceeded MaxRequestExpires of 1m30s`, and for what nobody can ask for.
    init?(_ text: Span<UInt8>) {
        let bound: PullLimit? =
            if let start = Self.end(of: "Exceeded MaxRequestBatch of ", text) {
                Self.number(text, from: start).map { .messages($0) }
            } else if let start = Self.end(of: "Exceeded MaxRequestMaxBytes of ", text) {
                Self.number(text, from: start).map { .bytes($0) }
            } else if let start = Self.end(of: "Exceeded MaxRequestExpires of ", text) {
                Self.nanoseconds(text, from: start).map { .expiry(nanoseconds: $0) }
            } else {
                nil
            }
        guard let bound else { return nil }
        self = bound
    }

    private static func end(of words: StaticString, _ text: Span<UInt8>) -> Int? {
        let count = words.utf8CodeUnitCount
        guard count < text.count, JSONText(text.extracting(0..<count), hasEscapes: false) == words else { return nil }
        return count
    }

    private static func number(_ text: Span<UInt8>, from start: Int) -> Int? {
        guard let number = Decimal.parse(text, start, text.count), number > 0 else { return nil }
        return Int(exactly: number)
    }

    /// A duration as Go writes it, of hours to milliseconds. Fractions are dropped: to ask for a little less is allowed.
    private static func nanoseconds(_ text: Span<UInt8>, from start: Int) -> UInt64? {
        var total: UInt64 = 0
        var index = start
        while index < text.count {
            let number = index
            index = endOfDigits(text, from: index)
            guard let count = Decimal.parse(text, number, index) else { return nil }
            if index < text.count, text[index] == UInt8(ascii: ".") { index = endOfDigits(text, from: index &+ 1) }
            let name = index
            while index < text.count, !isDigit(text[index]) { index &+= 1 }
            guard let unit = unit(text.extracting(name..<index)) else { return nil }
            let (product, isTooLong) = count.multipliedReportingOverflow(by: unit)
            let (sum, overflows) = total.addingReportingOverflow(product)
            guard !isTooLong, !overflows else { return nil }
            total = sum
        }
        return total > 0 ? total : nil
    }

    private static func unit(_ name: Span<UInt8>) -> UInt64? {
        let name = JSONText(name, hasEscapes: false)
        if name == "s" { return 1_000_000_000 }
        if name == "ms" { return 1_000_000 }
        if name == "m" { return 60_000_000_000 }
        return name == "h" ? 3_600_000_000_000 : nil
    }

    private static func endOfDigits(_ text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, isDigit(text[index]) { index &+= 1 }
        return index
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9") }
}
