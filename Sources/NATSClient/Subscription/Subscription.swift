import NATSProtocol

/// A subscription whose messages wait in a bounded queue until a task takes them.
///
/// ```swift
/// let subscription = try await nats.subscribe("orders.>", queueGroup: "billing")
/// for try await message in subscription { try message.respond("ok") }
/// ```
///
/// Iteration doesn't suspend while messages wait. Several tasks may iterate at once: each message goes to one of
/// them. Breaking out of a loop loses nothing: the next loop goes on with the next message. A cancelled task gets a
/// `CancellationError`, after at most seven more messages that wait, and none is swallowed. The sequence ends after ``unsubscribe()``, ``drain()``, the
/// limit of ``unsubscribe(after:)`` or the connection's close, when everything that waited has been delivered; it
/// throws a ``NATSError`` when the server refused the subscription, when it overflowed under
/// ``OverflowPolicy/fail``, or when the connection closed for good with a cause.
///
/// The subscription survives reconnects. It is unsubscribed when the last reference to it is dropped.
public final class Subscription: Sendable {
    /// The subject or pattern.
    public let subject: String
    public let queueGroup: String?
    let request: SubscribeRequest
    let queue: DeliveryQueue
    let core: ConnectionCore

    init(_ request: SubscribeRequest, queue: DeliveryQueue, core: ConnectionCore) {
        subject = request.subject
        queueGroup = request.queueGroup
        self.request = request
        self.queue = queue
        self.core = core
    }

    deinit {
        if core.abandonMonitored(request, queue) { return }
        core.abandon(request)
        // Nobody can take what waits any more; a drain must not wait for it.
        queue.discardAll()
    }

    /// Asks the server for no further messages. What has already arrived is still delivered, then the sequence
    /// ends. Returns when the client has taken note; doesn't wait for the server. Repeating it does nothing.
    public func unsubscribe() { core.unsubscribe(request, after: nil) }

    /// Ends the subscription after `count` messages, counted from its beginning, as the server counts them: messages
    /// dropped by a full queue count too. Survives reconnects. Ends at once when as many have already arrived.
    public func unsubscribe(after count: Int) { core.unsubscribe(request, after: UInt64(Swift.max(0, count))) }

    /// Asks the server for no further messages, waits until everything that it had sent has arrived, and ends the
    /// sequence behind the last message. Returns when the server has confirmed; messages may still wait then.
    ///
    /// - Throws: ``NATSError/Code/timedOut`` after `timeout` (default: the connection's drain timeout, 30 s),
    ///   ``NATSError/Code/connectionLost``, ``NATSError/Code/connectionClosed``; `CancellationError` (the drain goes on).
    public func drain(timeout: Duration? = nil) async throws {
        try await core.drain(request, timeout: timeout)
    }

    /// Counters of this subscription. A snapshot; takes one lock.
    public var statistics: SubscriptionStatistics {
        SubscriptionStatistics(core.loop.isForkedChild ? DeliveryCounts() : queue.counts)
    }

    /// The next message, or `nil` at the end.
    ///
    /// - Throws: as the sequence; `CancellationError` when the task is cancelled.
    public func next() async throws -> Message? {
        try core.checkNotForked()
        while true {
            switch queue.pop() {
            case .message(let message): return message
            case .ended: return try queue.endOfSequence()
            case .empty:
                try Task.checkCancellation()
                await queue.waitForMessages()
            }
        }
    }

    /// The next message, waiting for at most `timeout`.
    ///
    /// - Throws: ``NATSError/Code/timedOut`` when none came in time; otherwise as ``next()``.
    public func next(timeout: Duration) async throws -> Message? {
        try core.checkNotForked()
        let deadline = core.deadline(after: timeout)
        while true {
            switch queue.pop() {
            case .message(let message): return message
            case .ended: return try queue.endOfSequence()
            case .empty:
                try Task.checkCancellation()
                guard core.deadline(after: .zero) < deadline else {
                    throw NATSError(.timedOut, "no message came in time", subject: subject)
                }
                let ticket = queue.makeTicket()
                let alarm = try setAlarm(at: deadline, for: ticket)
                await queue.waitForMessages(ticket) { core.deadline(after: .zero) >= deadline }
                if let alarm { core.cancelTimeout(alarm) }
            }
        }
    }
}

extension Subscription {
    /// `nil`: the connection is closed; so the queue is finished, and nobody waits for long.
    private func setAlarm(at deadline: Timestamp, for ticket: UInt64) throws -> WaiterID? {
        do {
            return try core.scheduleTimeout(deadline) { [queue] in queue.wake(ticket) }
        } catch let error as NATSError where error.code == .connectionClosed {
            return nil
        }
    }
}

extension Subscription: AsyncSequence {
    public typealias Element = Message

    /// Takes message after message.
    public struct Iterator: AsyncIteratorProtocol {
        @usableFromInline let subscription: Subscription
        /// Messages until the next look at the task's cancellation, which costs as much as taking some messages.
        private var messagesUntilCheck = 0

        init(subscription: Subscription) { self.subscription = subscription }

        /// The next message, or `nil` at the end. Doesn't suspend, copy or allocate while messages wait.
        @inlinable
        public mutating func next() async throws -> Message? {
            if let message = try nextWaiting() { return message }
            return try await subscription.next()
        }

        /// As ``next()``; what `for try await` calls. Runs where its caller runs, whatever `actor` is: an `isolated`
        /// parameter would cost two switches of executors for each message.
        @inlinable
        public nonisolated(nonsending) mutating func next(isolation actor: (any Actor)?) async throws -> Message? {
            if let message = try nextWaiting() { return message }
            return try await subscription.next()
        }

        /// A message that waits. A cancelled task gets at most seven of them more.
        @usableFromInline
        mutating func nextWaiting() throws -> Message? {
            if messagesUntilCheck == 0 {
                if Task.isCancelled { throw CancellationError() }
                messagesUntilCheck = 8
            }
            messagesUntilCheck &-= 1
            try subscription.core.checkNotForked()
            if case .message(let message) = subscription.queue.pop() { return message }
            return nil
        }
    }

    /// An iterator; several share the messages.
    public func makeAsyncIterator() -> Iterator { Iterator(subscription: self) }
}

/// Counters of one subscription.
public struct SubscriptionStatistics: Sendable {
    /// Messages that arrived, dropped ones included.
    public let received: UInt64
    /// Messages that wait for a consumer now.
    public let pendingMessages: Int
    /// The bytes of the waiting messages.
    public let pendingBytes: Int
    /// The most that ever waited.
    public let highWaterMessages: Int
    /// The most bytes that ever waited.
    public let highWaterBytes: Int
    /// Messages dropped by the overflow policy.
    public let droppedMessages: UInt64
    /// The bytes of the dropped messages.
    public let droppedBytes: UInt64

    init(_ counts: DeliveryCounts) {
        received = counts.received
        pendingMessages = counts.pendingMessages
        pendingBytes = counts.pendingBytes
        highWaterMessages = counts.highWaterMessages
        highWaterBytes = counts.highWaterBytes
        droppedMessages = counts.droppedMessages
        droppedBytes = counts.droppedBytes
    }
}
