public import NATSClient
internal import NATSProtocol

/// Messages that are pulled from a consumer, ahead of need and without an end, until somebody stops it.
///
/// ```swift
/// for try await message in consumer.messages() {
///     handle(message)
///     try message.ack()
/// }
/// ```
///
/// What is asked for and what waits is bounded by ``ConsumeOptions``, so memory is, too. Pulling goes on in the reactor, whether
/// somebody iterates or not: requests are made again when they expire, when the connection is there again, when the consumer
/// has a new leader and when heartbeats don't come; ``events`` tells of it. Several tasks may iterate: each message goes to one of
/// them. Cancelling a task or breaking out of the loop loses nothing: what waits is there for the next iteration. When the last
/// reference is gone, pulling ends, and what nobody has taken goes back to the server at once (NAK).
///
/// The sequence ends after ``stop()`` and the connection's drain, when everything was handed out. It throws a ``NATSError``:
/// ``NATSError/Code/consumerDeleted``, ``NATSError/Code/wrongConsumerKind``, ``NATSError/Code/pullRefused``,
/// ``NATSError/Code/messageTooLarge``, ``NATSError/Code/consumerUnavailable`` (only with
/// ``ConsumeOptions/maximumUnanswered``), ``NATSError/Code/permissionViolation``, ``NATSError/Code/connectionClosed``.
///
/// Cost: that of a plain subscription. Delivery doesn't allocate, and neither does asking for more.
public final class ConsumerMessages: AsyncSequence, Sendable {
    public typealias Element = Message
    public typealias AsyncIterator = Subscription.Iterator

    let subscription: Subscription
    let monitor: any ConsumptionMonitor

    init(_ subscription: Subscription, _ monitor: any ConsumptionMonitor) {
        self.subscription = subscription
        self.monitor = monitor
    }

    /// An iterator; several share the messages.
    public func makeAsyncIterator() -> Subscription.Iterator { subscription.makeAsyncIterator() }

    /// The messages in batches: one hand-over for everything that waits. The fastest way for a consumer on another thread.
    public var batches: Subscription.Batches { subscription.batches }

    /// The next message, or `nil` at the end. Throws as the sequence; `CancellationError` when the task is cancelled.
    public func next() async throws -> Message? { try await subscription.next() }

    /// What happens beside messages, from now on.
    public var events: ConsumerEvents { monitor.events.listen() }

    /// Counters at this moment.
    public var statistics: ConsumerStatistics {
        let counts = monitor.counts
        let queue = subscription.statistics
        return ConsumerStatistics(
            requestedMessages: counts.requested, receivedMessages: counts.received, waitingMessages: queue.pendingMessages,
            waitingBytes: queue.pendingBytes, droppedMessages: Int(clamping: queue.droppedMessages))
    }
}

/// How a consumption is doing.
public struct ConsumerStatistics: Sendable, Hashable {
    /// Messages that were asked for and haven't come.
    public let requestedMessages: Int
    /// Messages that have come in all.
    public let receivedMessages: Int
    /// Messages that wait for somebody to take them.
    public let waitingMessages: Int
    /// The bytes of these.
    public let waitingBytes: Int
    /// Messages that were pushed faster than they were taken, and dropped: see ``JetStream/Consumer/pushedMessages()``.
    public let droppedMessages: Int
}

// MARK: - The end

extension ConsumerMessages {
    /// Asks for nothing more. What the server has sent is still handed out; then the sequence ends. Returns at once; repeating it
    /// does nothing.
    public func stop() { subscription.tellMonitor(.stopped) }

    /// Asks for nothing more, and waits until everything that the server has sent is there to be taken. Then the sequence ends
    /// behind it.
    ///
    /// - Throws: ``NATSError/Code/timedOut`` after `timeout` (default: the connection's drain timeout),
    ///   ``NATSError/Code/connectionLost``, ``NATSError/Code/connectionClosed``; `CancellationError` (it goes on).
    public func drain(timeout: Duration? = nil) async throws {
        stop()
        try await subscription.drain(timeout: timeout)
    }

    /// Ends at once, and gives what nobody has taken back to the server (NAK), so that it can give it to others without waiting.
    ///
    /// - Returns: how many messages went back.
    /// - Throws: as ``drain(timeout:)``.
    @discardableResult
    public func handBack(timeout: Duration? = nil) async throws -> Int {
        try await drain(timeout: timeout)
        var count = 0
        while true {
            let waiting = subscription.takeWaiting()
            if waiting.isEmpty { return count }
            for message in waiting { try message.nak() }
            count += waiting.count
        }
    }
}

/// What every way of consuming has.
protocol ConsumptionMonitor: SubscriptionMonitor {
    var events: ConsumerEventHub { get }
    var counts: (requested: Int, received: Int) { get }
}

extension PullMonitor: ConsumptionMonitor {}

extension ConsumptionMonitor {
    func subscriptionEnded() { events.finish() }
}
