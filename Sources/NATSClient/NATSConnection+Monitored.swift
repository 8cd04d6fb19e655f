import NATSProtocol
import Synchronization

/// Monitored subscriptions: what consumers are made of.
extension NATSConnection {
    /// Subscribes, with a monitor between the server and the user. Returns at once: SUB goes out behind what was published
    /// before, and a refusal ends the sequence.
    ///
    /// The subject must be valid.
    ///
    /// - Parameter isBounded: the connection's limits hold for the queue. False when what may come is the monitor's business.
    package func subscribe(
        _ subject: String, queueGroup: String? = nil, isBounded: Bool = false, scope: MonitorScope,
        monitor: any SubscriptionMonitor
    ) -> Subscription {
        let queue = DeliveryQueue(limits: isBounded ? core.options.subscription : .unbounded)
        let request = begin(subject, queueGroup, scope, monitor, .queue(queue))
        return Subscription(request, queue: queue, core: core)
    }

    /// The same with a handler that is called on the reactor's thread.
    package func subscribe(
        _ subject: String, queueGroup: String? = nil, scope: MonitorScope, monitor: any SubscriptionMonitor,
        handler: @escaping @Sendable (borrowing MessageView) -> Void
    ) -> InlineSubscription {
        let sink = InlineSink(handler: handler)
        let request = begin(subject, queueGroup, scope, monitor, .inline(sink))
        return InlineSubscription(request, sink: sink, core: core)
    }

    /// Subscribes, waits until the monitor ends the subscription, and returns what came: one hop to the reactor, one suspension.
    ///
    /// A cancelled task gets what has come so far at once; the monitor is told ``MonitorEvent/abandoned``, and of what is late.
    /// What is more than `limit` messages goes to the monitor, as if it were late. The error is the monitor's or the connection's,
    /// beside messages that came before.
    package func collect(
        _ subject: String, upTo limit: Int, scope: MonitorScope, monitor: any SubscriptionMonitor
    ) async throws -> (messages: MessageBatch, error: NATSError?) {
        try core.checkNotForked()
        let queue = DeliveryQueue(limits: .unbounded, wakesAtEndOnly: true)
        let request = begin(subject, nil, scope, monitor, .queue(queue))
        await queue.waitForMessages()
        let storage = MessageBatchStorage()
        _ = queue.popAll(into: &storage.ring.value)
        if storage.ring.value.count > limit { storage.keep(limit) { monitor.receivedLate($0) } }
        if Task.isCancelled { core.abandonMonitored(request, queue) }
        // To a sequence the connection's close is its end; here it is the reason why nothing came.
        let isClosed = core.snapshot.withLock { $0.status } == .closed
        return (MessageBatch(storage: storage), queue.failure ?? (isClosed ? core.closedError(subject: subject) : nil))
    }

    private func begin(
        _ subject: String, _ queueGroup: String?, _ scope: MonitorScope, _ monitor: any SubscriptionMonitor,
        _ target: MonitoredSink.Target
    ) -> SubscribeRequest {
        let sink = MonitoredSink(monitor: monitor, scope: scope, target: target, core: core)
        let request = SubscribeRequest(
            subject: subject, queueGroup: queueGroup, confirms: false, sink: .monitored(sink))
        if !core.onDriver({ driver, on in driver.subscribe(request, sink, on) }) {
            sink.refuse(core.closedError(subject: subject))
        }
        return request
    }
}

extension ConnectionCore {
    /// Tells the monitor of a subscription something, and does what it wants then.
    func tellMonitor(of request: SubscribeRequest, _ event: MonitorEvent) {
        guard case .monitored(let sink) = request.sink else { return }
        onDriver { driver, on in driver.settleMonitor(sink, event, on) }
    }

    /// Nobody takes what waits or comes from now on: the monitor gets it. False: the subscription has no monitor.
    @discardableResult
    func abandonMonitored(_ request: SubscribeRequest, _ queue: DeliveryQueue) -> Bool {
        guard case .monitored(let sink) = request.sink else { return false }
        onDriver { driver, on in
            driver.settleMonitor(sink, .abandoned, on)
            var ring = MessageRing()
            // The consumers' window first, then what has come since it was filled.
            while case .messages = queue.popAll(into: &ring) {
                while let message = ring.popFirst() {
                    sink.monitor.receivedLate(MessageView(message.block, layout: message.layout))
                }
            }
            queue.discardAll()
        }
        return true
    }
}

extension Subscription {
    /// Tells the monitor something from outside.
    package func tellMonitor(_ event: MonitorEvent) { core.tellMonitor(of: request, event) }

    /// Nobody takes what waits or comes from now on: the monitor gets it, and the subscription ends.
    package func abandonToMonitor() { core.abandonMonitored(request, queue) }

    /// A batch of what waits now, out of the way of other consumers; empty when nothing waits.
    package func takeWaiting() -> MessageBatch {
        let storage = MessageBatchStorage()
        _ = queue.popAll(into: &storage.ring.value)
        return MessageBatch(storage: storage)
    }
}

extension InlineSubscription {
    /// Tells the monitor something from outside.
    package func tellMonitor(_ event: MonitorEvent) { core.tellMonitor(of: request, event) }
}

extension SubscriptionLimits {
    static let unbounded = SubscriptionLimits(messages: .max, bytes: .max, overflow: .dropNewest)
}
