/// Actions that wait for the driver, oldest first.
struct ActionQueue {
    struct Entry {
        var action: SessionAction
        /// The purpose of the PING within the bytes of a `sendUrgent`, and its connection. It counts from the moment
        /// in which the driver takes the action: only then do the bytes get their place in the wire order.
        var urgentFence: Fence?
        var generation: UInt32
    }

    private var entries: [Entry] = []
    private var head = 0

    var isEmpty: Bool { head == entries.count }

    mutating func append(_ action: SessionAction, urgentFence: Fence? = nil, generation: UInt32 = 0) {
        entries.append(Entry(action: action, urgentFence: urgentFence, generation: generation))
    }

    mutating func popFirst() -> Entry? {
        guard head < entries.count else { return nil }
        let entry = entries[head]
        head += 1
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        }
        return entry
    }
}
