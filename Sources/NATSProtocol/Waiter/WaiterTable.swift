/// Everybody who waits, each with a deadline.
///
/// A waiter leaves the table exactly once: whoever gets it from `remove` or a `pop` completes it. A slab of slots with
/// a free list and a ``DeadlineWheel`` over the slots' numbers: insertion and removal are O(1) and allocate only while
/// the table grows to its largest size so far.
package struct WaiterTable: ~Copyable {
    /// How many can wait at the same time.
    package let capacityLimit: Int
    package private(set) var count = 0
    /// How many of them are of the kind that is counted apart.
    package private(set) var apartCount = 0
    private var slots = SlotMemory<WaiterSlot>()
    private var firstFree = noSlot
    private var wheel = DeadlineWheel()
    private let firstGeneration: UInt32
    private let apartKind: UInt8

    private static let noSlot: Int32 = -1

    /// `apartKind`: is counted apart. `firstGeneration`: of every new slot; other than 1 only in tests.
    package init(capacityLimit: Int, apartKind: UInt8 = .max, firstGeneration: UInt32 = 1) {
        self.capacityLimit = capacityLimit
        self.apartKind = apartKind
        self.firstGeneration = firstGeneration
    }

    /// Adds a waiter; nil when `capacityLimit` wait already.
    package mutating func insert(kind: UInt8, subject: String, deadline: Timestamp, bits: UInt) -> WaiterID? {
        guard count < capacityLimit else { return nil }
        if firstFree == Self.noSlot {
            guard addSlot() else { return nil }
        }
        let index = Int(firstFree)
        firstFree = slots[index].nextFree
        let id = slots[index].fill(index, kind: kind, subject: subject, bits: bits)
        count &+= 1
        if kind == apartKind { apartCount &+= 1 }
        wheel.arm(index, deadline: deadline)
        return id
    }

    /// Replaces the bits of a waiter; false when it isn't waiting any more.
    package mutating func setBits(_ id: WaiterID, _ bits: UInt) -> Bool {
        guard contains(id) else { return false }
        slots[id.slot].bits = bits
        return true
    }

    /// Moves the deadline of a waiter; false when it isn't waiting any more.
    package mutating func setDeadline(_ id: WaiterID, _ deadline: Timestamp) -> Bool {
        guard contains(id) else { return false }
        wheel.arm(id.slot, deadline: deadline)
        return true
    }

    /// Takes a waiter out; nil when it isn't waiting any more.
    package mutating func remove(_ id: WaiterID) -> Waiter? {
        guard contains(id) else { return nil }
        wheel.cancel(id.slot)
        return take(id.slot)
    }

    /// Takes out one whose deadline has passed; call it until nil. Never early, and late by at most one tick of the
    /// wheel.
    package mutating func popExpired(_ now: Timestamp) -> Waiter? {
        wheel.popExpired(now).map { take($0) }
    }

    /// Takes out any waiter, an early deadline first; nil when nobody waits.
    package mutating func popAny() -> Waiter? {
        wheel.popAny().map { take($0) }
    }

    /// Takes out the first waiter that `predicate` chooses, in no particular order. Linear in the size of the table.
    package mutating func popFirst(where predicate: (Waiter) -> Bool) -> Waiter? {
        for index in 0..<slots.count where slots[index].id != WaiterSlot.freeID && predicate(waiter(index)) {
            wheel.cancel(index)
            return take(index)
        }
        return nil
    }

    /// Takes out every waiter that `predicate` chooses, in no particular order. Linear in the size of the table.
    package mutating func popAll(where predicate: (Waiter) -> Bool) -> [Waiter] {
        var chosen: [Waiter] = []
        for index in 0..<slots.count where slots[index].id != WaiterSlot.freeID && predicate(waiter(index)) {
            wheel.cancel(index)
            chosen.append(take(index))
        }
        return chosen
    }

    /// The kind of a waiter; nil when it isn't waiting any more.
    package func kind(of id: WaiterID) -> UInt8? {
        contains(id) ? slots[id.slot].kind : nil
    }

    @inline(__always)
    package func contains(_ id: WaiterID) -> Bool {
        id.slot < slots.count && slots[id.slot].id == id
    }

    /// When to call ``popExpired(_:)`` next; nil when nobody waits. May be earlier than the first deadline, never later
    /// than the tick at which it expires.
    package var nextDeadline: Timestamp? { wheel.nextDeadline }

    // MARK: - Slots

    private func waiter(_ index: Int) -> Waiter {
        Waiter(
            id: slots[index].id, kind: slots[index].kind, bits: slots[index].bits, subject: slots[index].subject)
    }

    /// Empties a live slot whose deadline is no longer armed.
    @inline(__always)
    private mutating func take(_ index: Int) -> Waiter {
        let waiter = slots[index].empty(nextFree: firstFree)
        count &-= 1
        if waiter.kind == apartKind { apartCount &-= 1 }
        // After its last generation a slot stays empty for ever, so that no id comes twice.
        if slots[index].generation != 0 { firstFree = Int32(truncatingIfNeeded: index) }
        return waiter
    }

    /// Grows the slab by one free slot; false when its numbers are used up.
    @inline(never)
    private mutating func addSlot() -> Bool {
        guard slots.count < Int(Int32.max) else { return false }
        firstFree = Int32(truncatingIfNeeded: slots.count)
        slots.append(WaiterSlot(generation: firstGeneration, nextFree: Self.noSlot))
        wheel.addOwner()
        return true
    }
}

/// Room for one waiter at a time.
struct WaiterSlot {
    var subject = ""
    var bits: UInt = 0
    /// Of the waiter that is here, else `freeID`.
    var id = WaiterSlot.freeID
    /// Of the next waiter; 0 when there can't be another one.
    var generation: UInt32
    /// The next free slot while this one is free.
    var nextFree: Int32
    var kind: UInt8 = 0

    /// No waiter has it: there are never so many slots.
    static var freeID: WaiterID { WaiterID(rawValue: .max) }

    init(generation: UInt32, nextFree: Int32) {
        self.generation = generation
        self.nextFree = nextFree
    }

    @inline(__always)
    mutating func fill(_ index: Int, kind: UInt8, subject: String, bits: UInt) -> WaiterID {
        let id = WaiterID(slot: index, generation: generation)
        self.id = id
        self.kind = kind
        self.subject = subject
        self.bits = bits
        generation &+= 1
        return id
    }

    @inline(__always)
    mutating func empty(nextFree: Int32) -> Waiter {
        let waiter = Waiter(id: id, kind: kind, bits: bits, subject: exchange(&subject, with: ""))
        id = Self.freeID
        self.nextFree = nextFree
        return waiter
    }
}
