import Synchronization

/// Counters that the reactor writes and anybody reads. One writer, so a plain add is exact.
final class TrafficCounters: Sendable {
    let messagesIn = Atomic<UInt64>(0)
    let bytesIn = Atomic<UInt64>(0)
    let bytesOut = Atomic<UInt64>(0)
    let sends = Atomic<UInt64>(0)
    let reconnects = Atomic<UInt64>(0)
    /// Messages for subscriptions that don't exist any more.
    let unknownSubscription = Atomic<UInt64>(0)
    /// Replies whose request has ended.
    let orphanReplies = Atomic<UInt64>(0)
    /// Messages copied out since many receive blocks were lent.
    let copiedOut = Atomic<UInt64>(0)
    let droppedMessages = Atomic<UInt64>(0)
}

extension Atomic where Value == UInt64 {
    @inline(__always)
    func increase(by amount: Int) {
        wrappingAdd(UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
    }

    var current: UInt64 { load(ordering: .relaxed) }
}
