/// A whole number of any size: the value of a counter, or what one is changed by (ADR-49).
///
///     let ack = try await js.publish("visits", options: .init(increment: 1))
///     print(ack.counter)   // 42
///
/// Kept as its decimal text, since counters grow beyond every integer type.
public struct CounterValue: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// Decimal digits without leading zeros, with a minus for negative ones.
    public let description: String

    /// Of an integer.
    public init(_ value: some BinaryInteger) { description = String(value) }
    /// Of an integer literal.
    public init(integerLiteral value: Int) { self.init(value) }

    /// Of a text: digits, perhaps with a sign. Nil for anything else.
    public init?(_ text: String) {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let digits = isNegative || text.utf8.first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let significant = digits.drop { $0 == "0" }
        guard !significant.isEmpty else {
            description = "0"
            return
        }
        description = isNegative ? "-\(significant)" : String(significant)
    }

    /// As an integer, if it fits.
    public var integer: Int? { Int(description) }

    /// As an integer of this type, such as `Int128.self`; nil if it doesn't fit.
    public func integer<Integer: FixedWidthInteger>(as type: Integer.Type) -> Integer? { Integer(description) }

    /// With its sign, as the server wants it of increments.
    var signed: String { description.utf8.first == UInt8(ascii: "-") ? description : "+\(description)" }
}

extension CounterValue: Comparable {
    /// By value.
    public static func < (left: CounterValue, right: CounterValue) -> Bool {
        switch (left.isNegative, right.isNegative) {
        case (true, false): true
        case (false, true): false
        case (false, false): left.isShorter(than: right)
        case (true, true): right.isShorter(than: left)
        }
    }

    private var isNegative: Bool { description.utf8.first == UInt8(ascii: "-") }

    /// Of two numbers of the same sign: whether the digits are those of a smaller one.
    private func isShorter(than other: CounterValue) -> Bool {
        let (count, otherCount) = (description.utf8.count, other.description.utf8.count)
        return count == otherCount ? description.utf8.lexicographicallyPrecedes(other.description.utf8) : count < otherCount
    }
}
