import Synchronization

/// Messages that consumers took out of a ``DeliveryQueue`` at once, and hand on one by one. Touched only under its lock,
/// for which consumers contend with each other, and not with the reactor.
struct DeliveryWindow: ~Copyable {
    var ring = MessageRing()
    var bytes = 0
    /// Somebody wants to know when the queue is empty.
    var isObserved = false

    mutating func popFirst() -> Message? {
        let charged = ring.firstChargedBytes
        guard let message = ring.popFirst() else { return nil }
        bytes &-= charged
        return message
    }
}

/// What remains in a window, for the reactor, which must not wait for consumers: stored by these, at most a moment old,
/// and never too low. So limits hold exactly when the reactor is alone, and a little early while a consumer runs.
struct WindowCounters: ~Copyable, Sendable {
    private let messages = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)

    func store(_ window: borrowing DeliveryWindow) {
        messages.store(window.ring.count, ordering: .relaxed)
        bytes.store(window.bytes, ordering: .relaxed)
    }

    var current: WindowCounts {
        WindowCounts(messages: messages.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed))
    }
}

struct WindowCounts {
    var messages = 0
    var bytes = 0
}
