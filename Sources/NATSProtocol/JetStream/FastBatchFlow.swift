/// How far a fast batch has come, and whether it may go on. Pure.
package struct FastBatchFlow: Sendable {
    /// The number of the last message; how many were published.
    package private(set) var sequence: UInt64 = 0
    /// The stream has said that everything up to this number has come.
    package private(set) var acknowledged: UInt64 = 0
    /// After how many messages the stream speaks; nil before its first word.
    private var interval: UInt64?

    /// So many words of the stream may be outstanding.
    private static let outstandingMax: UInt64 = 2
    /// Servers count them in 16 bits.
    package static let intervalMax = Int(UInt16.max)

    package init() {}

    /// The stream doesn't have too much to say.
    package var mayGoOn: Bool {
        guard let interval else { return false }
        return sequence &- acknowledged < interval &* Self.outstandingMax
    }

    /// Takes the next message's number.
    package mutating func next() -> UInt64 {
        sequence &+= 1
        return sequence
    }

    /// The message wasn't sent: the next one gets its number. False: there is a next one already.
    package mutating func takeBack(_ number: UInt64) -> Bool {
        guard number == sequence, number > 0 else { return false }
        sequence &-= 1
        acknowledged = min(acknowledged, sequence)
        return true
    }

    /// The stream has said that all messages up to a number have come, and when it speaks again.
    ///
    /// Whatever it says, it can't acknowledge what wasn't published, nor let more be under way than servers can ask for.
    package mutating func received(upTo number: UInt64, interval: UInt64) {
        received(upTo: number)
        self.interval = min(max(1, interval), UInt64(Self.intervalMax))
    }

    /// The stream has said that all messages up to a number have come.
    package mutating func received(upTo number: UInt64) {
        acknowledged = max(acknowledged, min(number, sequence))
    }
}
