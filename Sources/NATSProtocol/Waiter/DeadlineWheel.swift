/// Deadlines of numbered owners (0, 1, 2 …), at most one each: a hierarchical timing wheel.
///
/// Eight levels of 64 places each; a place of level L spans 64^L ticks of 2^20 ns (1.05 ms), so that all of `UInt64`
/// nanoseconds have a place. A deadline, rounded up to a tick, stands at the level of the highest base-64 digit in
/// which it differs from `elapsedTick`, at the place of that digit. From this follows: everything at a level is earlier
/// than anything at a higher one, and no place ever wraps around. When time reaches a place of a higher level, its
/// deadlines move down.
///
/// `arm` and `cancel` are O(1) and never allocate; a deadline moves at most seven times in its life.
package struct DeadlineWheel: ~Copyable {
    /// Circular lists: the first nodes are the heads, one for each place and one for what has expired and wasn't
    /// popped; behind them comes one node for each owner.
    private var nodes: SlotMemory<Node>
    /// For each level: which of its places are occupied.
    private var occupiedPlaces: SlotMemory<UInt64>
    private var occupiedLevels: UInt8 = 0
    /// All ticks up to this one have been handled.
    private var elapsedTick: UInt64 = 0

    struct Node: BitwiseCopyable {
        var deadlineTick: UInt64 = 0
        /// Node numbers; `unlinked` for an owner that isn't armed.
        var next = DeadlineWheel.unlinked
        var previous = DeadlineWheel.unlinked
    }

    static let unlinked: Int32 = -1
    private static let levelCount = 8
    private static let expiredHead: Int32 = 512
    private static let headCount = 513
    /// So many deadlines of the earliest place are looked at to tell the next one exactly.
    private static let exactSearchLimit = 4

    package init() {
        nodes = SlotMemory(minimumCapacity: Self.headCount + 16)
        for head in 0..<Int32(Self.headCount) { nodes.append(Node(next: head, previous: head)) }
        occupiedPlaces = SlotMemory(minimumCapacity: Self.levelCount)
        for _ in 0..<Self.levelCount { occupiedPlaces.append(0) }
    }

    /// Makes room for one more owner, whose number is how many there were before.
    package mutating func addOwner() {
        nodes.append(Node())
    }

    /// Sets the deadline of `owner`, in place of the one it may have.
    package mutating func arm(_ owner: Int, deadline: Timestamp) {
        let node = owner &+ Self.headCount
        if nodes[node].next != Self.unlinked { unlink(node) }
        link(node, Self.tick(atOrAfter: deadline))
    }

    /// Clears the deadline of `owner`, if it has one.
    package mutating func cancel(_ owner: Int) {
        let node = owner &+ Self.headCount
        if nodes[node].next != Self.unlinked { unlink(node) }
    }

    /// An owner whose deadline has passed; its deadline is cleared. Nil when there is none at `now`.
    package mutating func popExpired(_ now: Timestamp) -> Int? {
        advance(to: now.nanoseconds >> DeadlineTick.shift)
        return popFirst(Self.expiredHead)
    }

    /// Any owner with a deadline, an early one first; its deadline is cleared.
    package mutating func popAny() -> Int? {
        popFirst(Self.expiredHead) ?? earliestPlace().flatMap { popFirst($0.head) }
    }

    /// When to look again: exact when few deadlines share the earliest place, otherwise when that place begins.
    package var nextDeadline: Timestamp? {
        if hasExpired { return Self.time(ofTick: elapsedTick) }
        guard let place = earliestPlace() else { return nil }
        guard place.head >= 64 else { return Self.time(ofTick: place.startTick) }
        var node = nodes[Int(place.head)].next
        var exactTick = UInt64.max
        for _ in 0..<Self.exactSearchLimit {
            exactTick = min(exactTick, nodes[Int(node)].deadlineTick)
            node = nodes[Int(node)].next
            if node == place.head { return Self.time(ofTick: exactTick) }
        }
        return Self.time(ofTick: place.startTick)
    }

    // MARK: - Lists

    /// Puts an unlinked node at the end of the list where its deadline belongs.
    @inline(__always)
    private mutating func link(_ node: Int, _ deadlineTick: UInt64) {
        var head = Self.expiredHead
        if deadlineTick > elapsedTick {
            let level = (63 &- (deadlineTick ^ elapsedTick).leadingZeroBitCount) / 6
            let place = (deadlineTick &>> UInt64(level &* 6)) & 63
            head = Int32(truncatingIfNeeded: level &* 64 &+ Int(truncatingIfNeeded: place))
            occupiedPlaces[level] |= 1 &<< place
            occupiedLevels |= 1 &<< UInt8(truncatingIfNeeded: level)
        }
        let last = nodes[Int(head)].previous
        nodes[node] = Node(deadlineTick: deadlineTick, next: head, previous: last)
        nodes[Int(last)].next = Int32(truncatingIfNeeded: node)
        nodes[Int(head)].previous = Int32(truncatingIfNeeded: node)
    }

    @inline(__always)
    private mutating func unlink(_ node: Int) {
        let next = nodes[node].next
        let previous = nodes[node].previous
        nodes[node].next = Self.unlinked
        nodes[Int(next)].previous = previous
        nodes[Int(previous)].next = next
        // Only the head is left when both neighbours are one.
        if next == previous { markEmpty(next) }
    }

    private mutating func popFirst(_ head: Int32) -> Int? {
        let node = nodes[Int(head)].next
        guard node != head else { return nil }
        unlink(Int(node))
        return Int(node) &- Self.headCount
    }

    private var hasExpired: Bool { nodes[Int(Self.expiredHead)].next != Self.expiredHead }

    @inline(__always)
    private mutating func markEmpty(_ head: Int32) {
        guard head != Self.expiredHead else { return }
        let level = Int(head) &>> 6
        let places = occupiedPlaces[level] & ~(1 &<< UInt64(truncatingIfNeeded: head & 63))
        occupiedPlaces[level] = places
        if places == 0 { occupiedLevels &= ~(1 &<< UInt8(truncatingIfNeeded: level)) }
    }

    // MARK: - Time

    /// The occupied place that begins first. All places before it, up to `elapsedTick`, are empty.
    private func earliestPlace() -> (head: Int32, startTick: UInt64)? {
        guard occupiedLevels != 0 else { return nil }
        let level = occupiedLevels.trailingZeroBitCount
        let place = occupiedPlaces[level].trailingZeroBitCount
        let shift = UInt64(truncatingIfNeeded: level) &* 6
        let higherDigits = elapsedTick & ~((64 &<< shift) &- 1)
        let startTick = higherDigits | UInt64(truncatingIfNeeded: place) &<< shift
        return (Int32(truncatingIfNeeded: level &* 64 &+ place), startTick)
    }

    /// Moves time on until a tick with expired deadlines, at most to `tick`: deadlines expire in the order of their
    /// ticks.
    private mutating func advance(to tick: UInt64) {
        while !hasExpired, let place = earliestPlace(), place.startTick <= tick {
            elapsedTick = place.startTick
            moveDown(place.head)
        }
        if !hasExpired { elapsedTick = max(elapsedTick, tick) }
    }

    /// Gives every deadline of the place that begins now another at a lower level, or among the expired.
    private mutating func moveDown(_ head: Int32) {
        while nodes[Int(head)].next != head {
            let node = Int(nodes[Int(head)].next)
            unlink(node)
            link(node, nodes[node].deadlineTick)
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
