// Unsafe memory. Invariant: `base` points to `capacity` initialised counters that nobody else refers to, and
// `reachableCount` is 0 or `capacity`; every access here is preceded by a comparison of the index with one of them.
// The memory goes with `deinit`.

/// What the hot path needs to know of one subscription. A free slot has the sid 0, which no message can find.
@usableFromInline
struct SubscriptionCounter: BitwiseCopyable, Sendable {
    @usableFromInline var sid: UInt64
    /// Messages that came, whether they were delivered or dropped: what the server counted.
    @usableFromInline var received: UInt64
    /// The subscription ends with this message; `noLimit`: never.
    @usableFromInline var limit: UInt64

    @usableFromInline static let noLimit = UInt64.max
    @usableFromInline static let free = SubscriptionCounter(sid: 0, received: 0, limit: noLimit)
    /// Slot 0 belongs to nobody; a message with the unknown sid 0 must not match it.
    @usableFromInline static let reserved = SubscriptionCounter(sid: .max, received: 0, limit: noLimit)

    @usableFromInline init(sid: UInt64, received: UInt64, limit: UInt64) {
        self.sid = sid
        self.received = received
        self.limit = limit
    }
}

/// The counters of all slots in memory of their own: an array would check for uniqueness at every message.
@usableFromInline @safe
struct SubscriptionCounters: ~Copyable, @unchecked Sendable {  // sound: the memory has exactly one owner, this value
    @usableFromInline var base: UnsafeMutablePointer<SubscriptionCounter>
    /// Slots that messages can reach: none before the server took us, else all.
    @usableFromInline private(set) var reachableCount = 0
    private(set) var capacity: Int

    init(capacity: Int) {
        let capacity = max(capacity, 1)
        unsafe base = .allocate(capacity: capacity)
        unsafe base.initialize(repeating: .free, count: capacity)
        unsafe base.pointee = .reserved
        self.capacity = capacity
    }

    // Inlinable since the release compiler of Swift 6.3.1 crashes on the opaque deinit of an inlinable field.
    @inlinable deinit {
        unsafe base.deallocate()
    }

    mutating func grow(to newCapacity: Int) {
        guard newCapacity > capacity else { return }
        let grown = UnsafeMutablePointer<SubscriptionCounter>.allocate(capacity: newCapacity)
        unsafe grown.initialize(repeating: .free, count: newCapacity)
        unsafe grown.update(from: base, count: capacity)
        unsafe base.deallocate()
        unsafe base = grown
        capacity = newCapacity
        if reachableCount > 0 { reachableCount = newCapacity }
    }

    /// Lets messages in, or keeps them out.
    mutating func setReachable(_ isReachable: Bool) {
        reachableCount = isReachable ? capacity : 0
    }

    /// Out of range reads as a free slot and writes nothing.
    subscript(index: Int) -> SubscriptionCounter {
        get {
            guard index >= 0, index < capacity else { return .free }
            return unsafe base[index]
        }
        set {
            guard index >= 0, index < capacity else { return }
            unsafe base[index] = newValue
        }
    }

    /// Counts one message; nil if the slot doesn't hold this sid. Otherwise whether it was the last one.
    @inlinable
    mutating func count(sid: UInt64, index: Int) -> Bool? {
        // Unsigned, so that one comparison covers both ends.
        guard UInt(bitPattern: index) < UInt(bitPattern: reachableCount) else { return nil }
        let counter = unsafe base + index
        guard unsafe counter.pointee.sid == sid else { return nil }
        let received = unsafe counter.pointee.received &+ 1
        unsafe counter.pointee.received = received
        return unsafe received >= counter.pointee.limit
    }
}
