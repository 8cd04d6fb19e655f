/// Decides which address of a host is tried when (RFC 8305): families take turns, a new attempt starts when the previous
/// one failed or the stagger has passed. Pure: time comes as an argument.
package struct HappyEyeballs {
    private let order: [Int]
    private let staggerNanoseconds: UInt64
    private var nextPosition = 0
    private var runningCount = 0
    private var nextStartNanoseconds: UInt64 = 0

    /// `families`: those of the addresses, in the resolver's order of preference.
    package init(families: [SocketAddress.Family], staggerNanoseconds: UInt64) {
        order = Self.interleave(families)
        self.staggerNanoseconds = staggerNanoseconds
    }

    /// The index of the address that is to be tried now; nil when none is. Ask until nil.
    package mutating func nextAttempt(nowNanoseconds now: UInt64) -> Int? {
        guard nextPosition < order.count, runningCount == 0 || now >= nextStartNanoseconds else { return nil }
        defer { nextPosition += 1 }
        runningCount += 1
        let (start, overflow) = now.addingReportingOverflow(staggerNanoseconds)
        nextStartNanoseconds = overflow ? .max : start
        return order[nextPosition]
    }

    /// An attempt failed: the next one needn't wait.
    package mutating func attemptFailed() {
        runningCount -= 1
        nextStartNanoseconds = 0
    }

    /// When `nextAttempt` has something again, if nothing else happens.
    package var nextDeadlineNanoseconds: UInt64? { nextPosition < order.count ? nextStartNanoseconds : nil }
    /// All addresses have been tried and failed.
    package var isExhausted: Bool { nextPosition == order.count && runningCount == 0 }

    /// Takes the families in turn, beginning with the first address's; the order within a family stays.
    private static func interleave(_ families: [SocketAddress.Family]) -> [Int] {
        guard let first = families.first else { return [] }
        let preferred = families.indices.filter { families[$0] == first }
        let others = families.indices.filter { families[$0] != first }
        var order: [Int] = []
        for position in 0..<max(preferred.count, others.count) {
            if position < preferred.count { order.append(preferred[position]) }
            if position < others.count { order.append(others[position]) }
        }
        return order
    }
}
