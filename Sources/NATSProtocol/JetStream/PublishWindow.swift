/// Messages that were published and aren't acknowledged yet: a window, bounded in messages and bytes.
///
/// Pure: time is an argument, and what to do is said by results. Every message that is admitted leaves exactly once: by `settle`,
/// `popTimedOut`, `popOldest` or `withdraw`. Its id names it for ever, so that a late or invented answer reaches nobody.
///
/// A slab of slots in a doubly linked list, the oldest message first. All messages have the same time to be answered, so the
/// oldest one's deadline is the next one: no timer for each. Slots and the frames in them are used again: admitting and settling
/// allocate nothing once the window has been full.
package struct PublishWindow: ~Copyable {
    package let limits: Limits
    /// Messages in the window.
    package private(set) var count = 0
    /// Their bytes.
    package private(set) var byteCount = 0
    /// Messages that are settled, and whose outcome nobody has taken yet: they keep their places.
    package private(set) var untakenCount = 0
    /// The number of the next message: how many were admitted before.
    package private(set) var nextNumber: UInt64 = 0

    private var slots = SlotMemory<PublishSlot>()
    private var firstFree = none
    private var oldest = none
    private var newest = none
    /// Not later than the first message that waits to be sent again.
    private var earliestRetry = Timestamp.distantFuture

    private static let none: Int32 = -1
    /// When there is no room, looking again at once would be for nothing. 10 ms.
    private static let pauseWithoutRoomMin: UInt64 = 10_000_000

    package struct Limits: Sendable, Hashable {
        package var messages: Int
        package var bytes: Int
        /// How long a message may be without an answer.
        package var timeoutNanoseconds: UInt64
        /// How often a message is sent again of which the server said that nobody listens.
        package var retryAttempts: Int
        package var retryPauseNanoseconds: UInt64
        /// After how long without an answer a message is sent again. From then on the time doubles, up to a quarter of the timeout.
        /// Nil: never.
        package var resendNanoseconds: UInt64?

        package init(
            messages: Int, bytes: Int, timeoutNanoseconds: UInt64, retryAttempts: Int = 0, retryPauseNanoseconds: UInt64 = 0,
            resendNanoseconds: UInt64? = nil
        ) {
            self.messages = min(max(1, messages), Int(Int32.max))
            self.bytes = max(1, bytes)
            self.timeoutNanoseconds = timeoutNanoseconds
            self.retryAttempts = max(0, retryAttempts)
            self.retryPauseNanoseconds = retryPauseNanoseconds
            self.resendNanoseconds = resendNanoseconds
        }
    }

    package init(_ limits: Limits) { self.limits = limits }

    // MARK: In

    /// Whether a message of this size finds room. One that is larger than the whole window does when it is alone.
    @inline(__always)
    package func hasRoom(for bytes: Int) -> Bool {
        count &+ untakenCount < limits.messages && (byteCount &+ bytes <= limits.bytes || count == 0)
    }

    /// Half of the window is free: much enough to wake those who wait for room.
    package var isHalfEmpty: Bool {
        count &+ untakenCount <= limits.messages / 2 && byteCount <= limits.bytes / 2
    }

    /// Takes a message in; nil when there is no room.
    package mutating func admit(bytes: Int, now: Timestamp) -> WaiterID? {
        guard hasRoom(for: bytes) else { return nil }
        if firstFree == Self.none { addSlot() }
        let index = firstFree
        let id = WaiterID(slot: Int(index), generation: slots[Int(index)].generation)
        firstFree = slots[Int(index)].next
        slots[Int(index)].begin(
            id, number: nextNumber, bytes: bytes, deadline: now.advanced(byNanoseconds: limits.timeoutNanoseconds))
        slots[Int(index)].previous = newest
        if newest == Self.none { oldest = index } else { slots[Int(newest)].next = index }
        newest = index
        if let interval = limits.resendNanoseconds { awaitResend(Int(index), interval, from: now) }
        nextNumber &+= 1
        count &+= 1
        byteCount &+= bytes
        return id
    }

    /// Keeps what is to be sent again if it must be: the frame, and a payload that stands between the frame and its line end.
    package mutating func keep(_ frame: borrowing ByteBuffer, payload: [UInt8] = [], isSent: Bool = true, for id: WaiterID) {
        guard contains(id) else { return }
        slots[id.slot].isSent = isSent
        slots[id.slot].frame.removeAll(keepingCapacity: true)
        slots[id.slot].frame.append(copying: frame.span)
        if !payload.isEmpty { slots[id.slot].payload = payload }
    }

    /// The newest message isn't sent after all; its number goes to the next one.
    package mutating func withdraw(_ id: WaiterID) {
        guard contains(id), id.slot == Int(newest) else { return }
        nextNumber &-= 1
        _ = take(id.slot)
    }

    // MARK: Out

    /// A message that has left the window.
    package struct Settled: Sendable, Hashable {
        package let id: WaiterID
        package let number: UInt64
    }

    @inline(__always)
    package func contains(_ id: WaiterID) -> Bool { id.slot < slots.count && slots[id.slot].id == id }

    /// The answer to a message came. Nil: it isn't in the window any more.
    package mutating func settle(_ id: WaiterID) -> Settled? {
        contains(id) ? take(id.slot) : nil
    }

    /// Takes a message out that has waited too long; call it until nil.
    package mutating func popTimedOut(_ now: Timestamp) -> Settled? {
        guard oldest != Self.none, slots[Int(oldest)].deadline <= now else { return nil }
        return take(Int(oldest))
    }

    /// Takes the oldest message out, whatever it waits for.
    package mutating func popOldest() -> Settled? {
        oldest == Self.none ? nil : take(Int(oldest))
    }

    /// An outcome keeps its message's place until it is taken.
    package mutating func keepPlace() { untakenCount &+= 1 }
    package mutating func freePlaces(_ count: Int) { untakenCount &-= min(count, untakenCount) }

    // MARK: Again

    /// The server has said that nobody listens. True: the message is sent again after the pause.
    package mutating func postpone(_ id: WaiterID, now: Timestamp) -> Bool {
        guard contains(id), slots[id.slot].retries < limits.retryAttempts else { return false }
        slots[id.slot].retries &+= 1
        slots[id.slot].isPaused = true
        sendAgain(id.slot, at: now.advanced(byNanoseconds: limits.retryPauseNanoseconds))
        return true
    }

    /// There was no room to send it: it waits for another pause. What the server has said of it stays true.
    package mutating func postponeAgain(_ id: WaiterID, now: Timestamp) {
        guard contains(id) else { return }
        let pause = max(limits.retryPauseNanoseconds, Self.pauseWithoutRoomMin)
        sendAgain(id.slot, at: now.advanced(byNanoseconds: pause))
    }

    private mutating func awaitResend(_ index: Int, _ interval: UInt64, from now: Timestamp) {
        slots[index].resendInterval = interval
        sendAgain(index, at: now.advanced(byNanoseconds: interval))
    }

    /// After another silence. Whoever doesn't answer may be overloaded.
    private mutating func awaitNextResend(_ index: Int, from now: Timestamp) {
        slots[index].retryAt = .distantFuture
        guard let first = limits.resendNanoseconds else { return }
        let (doubled, isTooLong) = slots[index].resendInterval.multipliedReportingOverflow(by: 2)
        let longest = max(first, limits.timeoutNanoseconds / 4)
        let isSilence = !slots[index].isPaused
        awaitResend(index, isSilence ? (isTooLong ? longest : min(doubled, longest)) : slots[index].resendInterval, from: now)
    }

    private mutating func sendAgain(_ index: Int, at time: Timestamp) {
        slots[index].retryAt = time
        earliestRetry = min(earliestRetry, time)
    }

    /// The messages that are to be sent again now, the oldest first: each is staged now, or postponed again. Walks the window.
    package mutating func takeRetries(_ now: Timestamp) -> [WaiterID] {
        guard earliestRetry <= now else { return [] }
        var due: [WaiterID] = []
        // Those of messages that have ended don't count any more.
        earliestRetry = .distantFuture
        var index = oldest
        while index != Self.none {
            let slot = Int(index)
            if slots[slot].retryAt <= now {
                awaitNextResend(slot, from: now)
                due.append(slots[slot].id)
            } else {
                earliestRetry = min(earliestRetry, slots[slot].retryAt)
            }
            index = slots[slot].next
        }
        return due
    }

    /// Whether it waits to be sent again: nobody has stored it, as far as the server said.
    package func isPaused(_ id: WaiterID) -> Bool { contains(id) && slots[id.slot].isPaused }

    /// Whether it was sent at all.
    package func isSent(_ id: WaiterID) -> Bool { contains(id) && slots[id.slot].isSent }

    /// It is sent now. True: it was sent before.
    package mutating func noteSent(_ id: WaiterID) -> Bool {
        guard contains(id) else { return false }
        defer { slots[id.slot].isSent = true }
        slots[id.slot].isPaused = false
        return slots[id.slot].isSent
    }

    /// Every message is sent again now, over another connection: none pauses any more, and the times begin anew.
    package mutating func endPauses(now: Timestamp) {
        earliestRetry = .distantFuture
        var index = oldest
        while index != Self.none {
            slots[Int(index)].isPaused = false
            slots[Int(index)].retryAt = .distantFuture
            if let interval = limits.resendNanoseconds { awaitResend(Int(index), interval, from: now) }
            index = slots[Int(index)].next
        }
    }

    // MARK: Reading

    /// When to look again: a message times out, or is to be sent again. Nil: nothing waits.
    package var nextDeadline: Timestamp? {
        oldest == Self.none ? nil : min(slots[Int(oldest)].deadline, earliestRetry)
    }

    /// When a message times out, whatever is to be sent again before.
    package var nextTimeout: Timestamp? { oldest == Self.none ? nil : slots[Int(oldest)].deadline }

    package var oldestID: WaiterID? { oldest == Self.none ? nil : slots[Int(oldest)].id }

    /// The message after this one, in the order of publishing.
    package func next(after id: WaiterID) -> WaiterID? {
        guard contains(id), slots[id.slot].next != Self.none else { return nil }
        return slots[Int(slots[id.slot].next)].id
    }

    package func number(of id: WaiterID) -> UInt64 { contains(id) ? slots[id.slot].number : nextNumber }

    /// The frame that was kept; without a kept payload and its line end.
    package func frame(of id: WaiterID) -> [UInt8] { contains(id) ? slots[id.slot].frame : [] }
    package func payload(of id: WaiterID) -> [UInt8] { contains(id) ? slots[id.slot].payload : [] }

    // MARK: Slots

    @inline(__always)
    private mutating func take(_ index: Int) -> Settled {
        let settled = Settled(id: slots[index].id, number: slots[index].number)
        let (previous, next) = (slots[index].previous, slots[index].next)
        if previous == Self.none { oldest = next } else { slots[Int(previous)].next = next }
        if next == Self.none { newest = previous } else { slots[Int(next)].previous = previous }
        count &-= 1
        byteCount &-= slots[index].bytes
        slots[index].end()
        if count == 0 { earliestRetry = .distantFuture }
        // After its last generation a slot stays empty for ever, so that no id comes twice.
        guard slots[index].generation != 0 else { return settled }
        slots[index].next = firstFree
        firstFree = Int32(truncatingIfNeeded: index)
        return settled
    }

    @inline(never)
    private mutating func addSlot() {
        firstFree = Int32(truncatingIfNeeded: slots.count)
        slots.append(PublishSlot())
    }
}

/// A place of the window.
struct PublishSlot {
    /// Kept beyond the message's life, for the next one's.
    var frame: [UInt8] = []
    var payload: [UInt8] = []
    var id = PublishSlot.freeID
    var number: UInt64 = 0
    var bytes = 0
    var deadline = Timestamp.distantFuture
    /// When to send it again; `distantFuture`: never.
    var retryAt = Timestamp.distantFuture
    /// It was staged once, and may be at the server.
    var isSent = false
    /// It isn't under way: the server has said that nobody took it.
    var isPaused = false
    var retries = 0
    /// How long to wait for an answer before it is sent again, in nanoseconds.
    var resendInterval: UInt64 = 0
    /// Of the next message here; 0 when there can't be another one.
    var generation: UInt32 = 1
    /// The newer neighbour, or the next free slot.
    var next: Int32 = -1
    var previous: Int32 = -1

    /// No message has it: there are never so many slots.
    static var freeID: WaiterID { WaiterID(rawValue: .max) }
    /// Larger frames give their memory back.
    private static let frameCapacityKept = 8 * 1024

    @inline(__always)
    mutating func begin(_ id: WaiterID, number: UInt64, bytes: Int, deadline: Timestamp) {
        self.id = id
        self.number = number
        self.bytes = bytes
        self.deadline = deadline
        retries = 0
        next = -1
        generation &+= 1
    }

    @inline(__always)
    mutating func end() {
        id = Self.freeID
        retryAt = .distantFuture
        isPaused = false
        isSent = false
        if frame.capacity > Self.frameCapacityKept { frame = [] }
        if !payload.isEmpty { payload = [] }
    }
}
