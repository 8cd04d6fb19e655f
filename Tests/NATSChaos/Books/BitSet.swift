/// A growing set of small numbers, one bit each.
struct BitSet: Sendable {
    private var words: [UInt64] = []
    private(set) var count = 0

    func contains(_ number: Int) -> Bool {
        number >= 0 && number >> 6 < words.count && words[number >> 6] & (1 << UInt64(number & 63)) != 0
    }

    /// False when it was there already.
    @discardableResult
    mutating func insert(_ number: Int) -> Bool {
        guard number >= 0, !contains(number) else { return false }
        while words.count <= number >> 6 { words.append(0) }
        words[number >> 6] |= 1 << UInt64(number & 63)
        count += 1
        return true
    }
}
