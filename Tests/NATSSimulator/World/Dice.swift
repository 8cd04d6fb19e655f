import NATSProtocol

/// The chance of one actor, or of one of its steps. What others draw doesn't change what this one brings, so that a life from
/// which a step is left out goes on as before, as far as it can.
///
/// `@unchecked Sendable`: thrown on the thread of the loop only.
package final class Dice: @unchecked Sendable {
    private var source: RandomSource

    init(_ source: RandomSource) { self.source = source }

    /// True once in `count`.
    func isOne(in count: UInt64) -> Bool { source.next(below: count) == 0 }

    func pick(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + source.next(below: range.upperBound - range.lowerBound + 1)
    }

    func below(_ bound: Int) -> Int { Int(source.next(below: UInt64(max(1, bound)))) }

    func pick<Element>(of elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    /// Short as a rule, and at times as long as `most`.
    func skewed(upTo most: UInt64) -> UInt64 { pick(0...max(1, most >> pick(0...10))) }
}

/// One thing that somebody in a life does: a fault, an act of a user. Numbered by its actor, so that it stays the same step when
/// others are left out.
package struct Step: Hashable, Sendable, CustomStringConvertible {
    package let actor: String
    package let number: Int

    package var description: String { "\(actor).\(number)" }

    package init(actor: String, number: Int) {
        self.actor = actor
        self.number = number
    }

    package init?(_ text: String) {
        guard let dot = text.lastIndex(of: "."), let number = Int(text[text.index(after: dot)...]) else { return nil }
        self.init(actor: String(text[..<dot]), number: number)
    }
}
