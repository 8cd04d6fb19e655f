import NATSProtocol

/// Calls that wait for their turn, in order. One that ends before its turn (deadline, cancellation) stays in the line
/// as a dead entry until half of the line is dead: so leaving costs constant time, amortised, and dead entries can't
/// pile up.
struct WaitingLine {
    struct Entry: BitwiseCopyable {
        let waiter: WaiterID
        /// For a flush: the PING whose PONG it awaits.
        let fence: UInt64
    }

    private var entries = FIFO<Entry>()
    private var deadCount = 0

    var isEmpty: Bool { entries.isEmpty }
    /// Dead entries included.
    var count: Int { entries.count }

    mutating func append(_ waiter: WaiterID, fence: UInt64 = 0) {
        entries.append(Entry(waiter: waiter, fence: fence))
    }

    /// The first in the line, if it awaits `fence` or one before it.
    mutating func popFirst(upTo fence: UInt64) -> WaiterID? {
        guard let first = entries.first, first.fence <= fence else { return nil }
        return entries.popFirst()?.waiter
    }

    mutating func popAll() -> [WaiterID] {
        var waiters: [WaiterID] = []
        waiters.reserveCapacity(entries.count)
        while let entry = entries.popFirst() { waiters.append(entry.waiter) }
        deadCount = 0
        return waiters
    }

    mutating func removeAll() {
        entries.removeAll()
        deadCount = 0
    }

    /// One of the line, `left`, isn't in the table any more.
    mutating func noteDead(in table: borrowing WaiterTable) {
        deadCount &+= 1
        guard deadCount &* 2 >= entries.count else { return }
        deadCount = 0
        var living = FIFO<Entry>()
        while let entry = entries.popFirst() {
            if table.contains(entry.waiter) { living.append(entry) }
        }
        entries = living
    }
}
