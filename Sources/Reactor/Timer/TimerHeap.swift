/// Timers in slots, ordered by a binary heap of slot numbers. Arming and disarming allocate nothing once the arrays have
/// grown; both cost O(log n). Timers with the same deadline fire in the order in which they were armed.
package struct TimerHeap<Target>: ~Copyable {
    private struct Slot {
        var generation: UInt32 = 1
        var deadlineNanoseconds: UInt64 = 0
        var sequence: UInt64 = 0
        /// Position in `heap`, -1 while disarmed.
        var position = -1
        var target: Target?
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private var heap: [UInt32] = []
    private var sequence: UInt64 = 0

    package init() {}

    package var armedCount: Int { heap.count }
    /// Timers that exist, armed or not.
    package var count: Int { slots.count - free.count }
    package var nextDeadlineNanoseconds: UInt64? { heap.first.map { slots[Int($0)].deadlineNanoseconds } }

    /// What every timer is for, armed or not.
    package var targets: [Target] { slots.compactMap(\.target) }

    package mutating func make(_ target: Target) -> TimerID {
        let slot = free.popLast() ?? UInt32(slots.count)
        if slot == slots.count {
            slots.append(Slot())
            // Every slot may be armed or free: make room now, so that arming never allocates.
            heap.reserveCapacity(slots.capacity)
            free.reserveCapacity(slots.capacity)
        }
        slots[Int(slot)].target = target
        return TimerID(SlotID(slot: slot, generation: slots[Int(slot)].generation))
    }

    package mutating func set(_ id: TimerID, deadlineNanoseconds: UInt64) {
        guard let slot = index(of: id) else { return }
        sequence &+= 1
        slots[slot].deadlineNanoseconds = deadlineNanoseconds
        slots[slot].sequence = sequence
        if slots[slot].position < 0 {
            slots[slot].position = heap.count
            heap.append(UInt32(slot))
        }
        siftUp(slots[slot].position)
        siftDown(slots[slot].position)
    }

    package mutating func clear(_ id: TimerID) {
        guard let slot = index(of: id) else { return }
        removeFromHeap(slot)
    }

    package mutating func destroy(_ id: TimerID) {
        guard let slot = index(of: id) else { return }
        removeFromHeap(slot)
        slots[slot].target = nil
        slots[slot].generation &+= 1
        free.append(UInt32(slot))
    }

    /// Disarms and returns the first timer whose deadline is not after `now`.
    package mutating func popExpired(nowNanoseconds now: UInt64) -> (id: TimerID, target: Target)? {
        guard let first = heap.first, slots[Int(first)].deadlineNanoseconds <= now,
            let target = slots[Int(first)].target
        else { return nil }
        removeFromHeap(Int(first))
        return (TimerID(SlotID(slot: first, generation: slots[Int(first)].generation)), target)
    }

    /// Every parent is before its children, and positions and heap agree.
    package func checkInvariants() -> Bool {
        heap.indices.allSatisfy { position in
            slots[Int(heap[position])].position == position
                && (position == 0 || !isBefore(heap[position], heap[(position - 1) / 2]))
        }
    }

    private func index(of id: TimerID) -> Int? {
        let slot = Int(id.id.slot)
        guard slot < slots.count, slots[slot].generation == id.id.generation, slots[slot].target != nil else {
            return nil
        }
        return slot
    }

    private func isBefore(_ left: UInt32, _ right: UInt32) -> Bool {
        let (left, right) = (Int(left), Int(right))
        let (first, second) = (slots[left].deadlineNanoseconds, slots[right].deadlineNanoseconds)
        return first != second ? first < second : slots[left].sequence < slots[right].sequence
    }

    private mutating func removeFromHeap(_ slot: Int) {
        let position = slots[slot].position
        guard position >= 0 else { return }
        let last = heap.removeLast()
        slots[slot].position = -1
        guard position < heap.count else { return }
        heap[position] = last
        slots[Int(last)].position = position
        siftUp(position)
        siftDown(slots[Int(last)].position)
    }

    private mutating func siftUp(_ start: Int) {
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard isBefore(heap[position], heap[parent]) else { return }
            exchange(position, parent)
            position = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var position = start
        while true {
            var smallest = position
            let (left, right) = (2 * position + 1, 2 * position + 2)
            if left < heap.count, isBefore(heap[left], heap[smallest]) { smallest = left }
            if right < heap.count, isBefore(heap[right], heap[smallest]) { smallest = right }
            guard smallest != position else { return }
            exchange(position, smallest)
            position = smallest
        }
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        heap.swapAt(first, second)
        slots[Int(heap[first])].position = first
        slots[Int(heap[second])].position = second
    }
}
