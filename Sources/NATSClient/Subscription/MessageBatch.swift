import Reactor

/// Messages that were handed over at once: everything that waited. A collection; its storage is used again for the
/// next batch when nobody has kept this one.
public struct MessageBatch: Sendable {
    let storage: MessageBatchStorage
}

extension MessageBatch: RandomAccessCollection {
    /// Always 0.
    public var startIndex: Int { 0 }
    /// How many messages.
    public var endIndex: Int { storage.ring.value.count }

    /// One message; retains its block, copies nothing. Traps when out of bounds, like an array.
    public subscript(position: Int) -> Message { storage.ring.value.message(at: position) }
}

/// The messages of a batch, in a cell without exclusivity checks.
///
/// `@unchecked Sendable`: `ring` is written only while the iterator is the sole owner
/// (`isKnownUniquelyReferenced`), before the batch is handed out, and only read afterwards.
final class MessageBatchStorage: @unchecked Sendable {
    let ring = Pinned(MessageRing())

    /// Leaves the first ones, and hands the others out.
    func keep(_ count: Int, _ others: (borrowing MessageView) -> Void) {
        var kept = MessageRing()
        while let message = ring.value.popFirst() {
            if kept.count < count {
                kept.append(CollectionOfOne(message.layout).span, of: message.block)
            } else {
                others(MessageView(message.block, layout: message.layout))
            }
        }
        ring.value = kept
    }
}

extension Subscription {
    /// The messages in batches: one hand-over for everything that waits. The fastest way for a consumer on another
    /// thread.
    public var batches: Batches { Batches(subscription: self) }

    /// The batches of a subscription. Ends and throws as the subscription itself.
    public struct Batches: AsyncSequence, Sendable {
        public typealias Element = MessageBatch
        let subscription: Subscription

        /// An iterator of its own; several share the messages.
        public func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

        /// Takes batch after batch.
        public struct Iterator: AsyncIteratorProtocol {
            let subscription: Subscription
            private var storage = MessageBatchStorage()

            init(subscription: Subscription) { self.subscription = subscription }

            /// The next batch, never empty, or `nil` at the end. Doesn't suspend while messages wait; doesn't
            /// allocate in a steady state when batches aren't kept.
            public mutating func next() async throws -> MessageBatch? { try await nextBatch() }

            /// As ``next()``, for callers isolated to an actor.
            public nonisolated(nonsending) mutating func next(
                isolation actor: (any Actor)?
            ) async throws -> MessageBatch? {
                try await nextBatch()
            }

            private mutating func nextBatch() async throws -> MessageBatch? {
                guard !Task.isCancelled else { throw CancellationError() }
                try subscription.core.checkNotForked()
                if isKnownUniquelyReferenced(&storage) {
                    storage.ring.value.removeAll()
                } else {
                    storage = MessageBatchStorage()
                }
                while true {
                    switch subscription.queue.popAll(into: &storage.ring.value) {
                    case .messages: return MessageBatch(storage: storage)
                    case .ended: return try subscription.queue.endOfSequence()
                    case .empty:
                        try Task.checkCancellation()
                        await subscription.queue.waitForMessages()
                    }
                }
            }
        }
    }
}
