/// The PINGs of one connection that wait for their PONG, oldest first. A connection gets a fresh ledger.
struct PingLedger {
    /// The connection that this ledger belongs to; nil: there is none, and nothing is recorded.
    let generation: UInt32?
    private var fences: [Fence] = []
    private var head = 0

    init(generation: UInt32?) {
        self.generation = generation
    }

    var count: Int { fences.count - head }

    /// The oldest PING that went out in order with other frames; those of the liveness check may overtake them.
    var oldestOrdered: Fence? { fences[head...].first { $0 != .liveness } }

    /// Records a PING that took its place in the wire order of connection `generation`; a PING of an earlier
    /// connection is dropped.
    mutating func record(_ fence: Fence, generation: UInt32) {
        guard generation == self.generation else { return }
        fences.append(fence)
    }

    /// The purpose of the oldest PING, which a PONG answers; nil if no PONG was due.
    mutating func popFirst() -> Fence? {
        guard head < fences.count else { return nil }
        let fence = fences[head]
        head += 1
        if head == fences.count {
            fences.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= fences.count {
            // At least half of the storage is answered: amortised O(1) per fence.
            fences.removeFirst(head)
            head = 0
        }
        return fence
    }
}
