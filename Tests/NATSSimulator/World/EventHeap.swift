/// What is to happen when: deadlines in order, equal ones in the order of insertion. The heap holds numbers only; what is to be
/// done lies beside it.
struct EventHeap {
    private struct Entry {
        let deadline: UInt64
        let sequence: UInt64
        let slot: Int
    }

    private var entries: [Entry] = []
    private var bodies: [(() -> Void)?] = []
    private var free: [Int] = []
    private var sequence: UInt64 = 0

    var nextDeadline: UInt64? { entries.first?.deadline }

    mutating func insert(deadline: UInt64, _ body: @escaping () -> Void) {
        sequence += 1
        let slot: Int
        if let unused = free.popLast() {
            slot = unused
            bodies[slot] = body
        } else {
            slot = bodies.count
            bodies.append(body)
        }
        let entry = Entry(deadline: deadline, sequence: sequence, slot: slot)
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isBefore(entry, entries[parent]) else { break }
            entries[child] = entries[parent]
            child = parent
        }
        entries[child] = entry
    }

    mutating func popFirst() -> (() -> Void)? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty { siftDown(last) }
        free.append(first.slot)
        return bodies[first.slot].take()
    }

    private mutating func siftDown(_ entry: Entry) {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, Self.isBefore(entries[child + 1], entries[child]) { child += 1 }
            guard Self.isBefore(entries[child], entry) else { break }
            entries[parent] = entries[child]
            parent = child
        }
        entries[parent] = entry
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        left.deadline != right.deadline ? left.deadline < right.deadline : left.sequence < right.sequence
    }
}
