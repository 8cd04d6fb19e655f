/// Deadlines of numbered owners (0, 1, 2 …), at most one each: a hierarchical timing wheel.
///
/// Eight levels of 64 places each; a place of level L spans 64^L ticks of 2^20 ns (1.05 ms), so that all of `UInt64`
/// nanoseconds have a place. A deadline, rounded up to a tick, stands at the level of the highest base-64 digit in which it
/// differs from `elapsedTick`, at the place of that digit. From this follows: everything at a level is earlier than anything
/// at a higher one, and no place ever wraps around. When time reaches a place of a higher level, its deadlines move down.
///
/// `arm` and `cancel` are O(1) and never allocate; a deadline moves at most seven times in its life.
package struct DeadlineWheel: ~Copyable {
    private var nodes: [Node] = []
    /// First owner of each place's list; the last list holds what has expired and wasn't popped.
    private var lists = InlineArray<513, Int32>(repeating: DeadlineWheel.none)
    /// For each level: which of its places are occupied.
    private var occupiedPlaces = InlineArray<8, UInt64>(repeating: 0)
    private var occupiedLevels: UInt8 = 0
    /// All ticks up to this one have been handled.
    private var elapsedTick: UInt64 = 0

    private struct Node: BitwiseCopyable {
        var deadlineTick: UInt64 = 0
        var next = DeadlineWheel.none
        var previous = DeadlineWheel.none
        /// Number of the list that the node is in; none when it isn't armed.
        var list = DeadlineWheel.none
    }

    private static let none: Int32 = -1
    private static let expiredList: Int32 = 512
    /// So many deadlines of the earliest place are looked at to tell the next one exactly.
    private static let exactSearchLimit = 4

    package init() {}

    /// Makes room for one more owner, whose number is how many there were before.
    package mutating func addIndex() {
        nodes.append(Node())
    }

    /// Sets the deadline of `index`, in place of the one it may have.
    package mutating func arm(_ index: Int, deadline: Timestamp) {
        cancel(index)
        link(Int32(truncatingIfNeeded: index), Self.tick(atOrAfter: deadline))
    }

    /// Clears the deadline of `index`, if it has one.
    package mutating func cancel(_ index: Int) {
        var nodes = nodes.mutableSpan
        let node = nodes[index]
        guard node.list != Self.none else { return }
        nodes[index].list = Self.none
        if node.next != Self.none { nodes[Int(node.next)].previous = node.previous }
        if node.previous != Self.none {
            nodes[Int(node.previous)].next = node.next
        } else {
            lists[Int(node.list)] = node.next
            if node.next == Self.none { markEmpty(node.list) }
        }
    }

    /// The number of an owner whose deadline has passed; its deadline is cleared. Nil when there is none at `now`.
    package mutating func popExpired(_ now: Timestamp) -> Int? {
        advance(to: now.nanoseconds >> DeadlineTick.shift)
        return pop(Self.expiredList)
    }

    /// The number of any owner with a deadline, an early one first; its deadline is cleared.
    package mutating func popAny() -> Int? {
        pop(Self.expiredList) ?? earliest().flatMap { pop($0.list) }
    }

    /// When to look again: exact when few deadlines share the earliest place, otherwise when that place begins.
    package var nextDeadline: Timestamp? {
        if lists[Int(Self.expiredList)] != Self.none { return Self.time(ofTick: elapsedTick) }
        guard let place = earliest() else { return nil }
        guard place.list >= 64 else { return Self.time(ofTick: place.startTick) }
        var index = lists[Int(place.list)]
        var exactTick = UInt64.max
        for _ in 0..<Self.exactSearchLimit {
            let node = nodes[Int(index)]
            exactTick = min(exactTick, node.deadlineTick)
            index = node.next
            if index == Self.none { return Self.time(ofTick: exactTick) }
        }
        return Self.time(ofTick: place.startTick)
    }

    // MARK: - Lists

    private mutating func link(_ index: Int32, _ deadlineTick: UInt64) {
        var list = Self.expiredList
        if deadlineTick > elapsedTick {
            let level = (63 &- (deadlineTick ^ elapsedTick).leadingZeroBitCount) / 6
            let place = Int(truncatingIfNeeded: deadlineTick &>> (level &* 6)) & 63
            list = Int32(truncatingIfNeeded: level &* 64 &+ place)
            occupiedPlaces[level] |= 1 &<< UInt64(place)
            occupiedLevels |= 1 &<< UInt8(level)
        }
        let next = lists[Int(list)]
        lists[Int(list)] = index
        var nodes = nodes.mutableSpan
        nodes[Int(index)] = Node(deadlineTick: deadlineTick, next: next, list: list)
        if next != Self.none { nodes[Int(next)].previous = index }
    }

    private mutating func pop(_ list: Int32) -> Int? {
        let index = lists[Int(list)]
        guard index != Self.none else { return nil }
        cancel(Int(index))
        return Int(index)
    }

    private mutating func markEmpty(_ list: Int32) {
        guard list != Self.expiredList else { return }
        let level = Int(list) &>> 6
        occupiedPlaces[level] &= ~(1 &<< UInt64(list & 63))
        if occupiedPlaces[level] == 0 { occupiedLevels &= ~(1 &<< UInt8(level)) }
    }

    // MARK: - Time

    /// The occupied place that begins first. All places before it, up to `elapsedTick`, are empty.
    private func earliest() -> (list: Int32, startTick: UInt64)? {
        guard occupiedLevels != 0 else { return nil }
        let level = occupiedLevels.trailingZeroBitCount
        let place = occupiedPlaces[level].trailingZeroBitCount
        let shift = UInt64(level) &* 6
        let higherDigits = elapsedTick & ~((64 &<< shift) &- 1)
        return (Int32(level &* 64 &+ place), higherDigits | UInt64(place) &<< shift)
    }

    /// Moves time on until a tick with expired deadlines, at most to `tick`; deadlines so expire in the order of their ticks.
    private mutating func advance(to tick: UInt64) {
        while lists[Int(Self.expiredList)] == Self.none, let place = earliest(), place.startTick <= tick {
            elapsedTick = place.startTick
            moveDown(place.list)
        }
        if lists[Int(Self.expiredList)] == Self.none { elapsedTick = max(elapsedTick, tick) }
    }

    /// Gives every deadline of the list that begins now its place at a lower level, or among the expired.
    private mutating func moveDown(_ list: Int32) {
        var index = lists[Int(list)]
        lists[Int(list)] = Self.none
        markEmpty(list)
        while index != Self.none {
            let node = nodes[Int(index)]
            link(index, node.deadlineTick)
            index = node.next
        }
    }

    private static func tick(atOrAfter time: Timestamp) -> UInt64 {
        let roundsUp = time.nanoseconds & (DeadlineTick.nanoseconds &- 1) != 0
        return time.nanoseconds >> DeadlineTick.shift &+ (roundsUp ? 1 : 0)
    }

    private static func time(ofTick tick: UInt64) -> Timestamp {
        let lastTick = UInt64.max >> DeadlineTick.shift
        return tick > lastTick ? .distantFuture : Timestamp(nanoseconds: tick << DeadlineTick.shift)
    }
}

/// The grain of a ``DeadlineWheel``: 2^20 nanoseconds, about 1.05 ms.
package enum DeadlineTick {
    static let shift: UInt64 = 20
    package static let nanoseconds: UInt64 = 1 << shift
}
