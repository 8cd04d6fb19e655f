extension NATSConnection {
    /// Subscribes to a subject or pattern; messages wait in a bounded queue until a task takes them.
    ///
    /// - Parameters:
    ///   - subject: tokens separated by dots; `*` stands for one token, `>` as the last for all that follow.
    ///   - queueGroup: members of the group share the messages.
    ///   - limits: how much may wait, and what happens beyond. Default: the connection's
    ///     (`ConnectOptions.subscription`: 65,536 messages, 64 MiB, drop the newest).
    ///   - confirmed: whether to wait until the server has accepted the subscription, so that a refusal is thrown
    ///     here. Default: true. While the connection is down, that waits for the reconnect, for at most 5 s.
    /// - Throws: ``NATSError/Code/invalidSubject``, ``NATSError/Code/permissionViolation``,
    ///   ``NATSError/Code/timedOut``, ``NATSError/Code/draining``, ``NATSError/Code/connectionClosed``,
    ///   ``NATSError/Code/limitReached``; `CancellationError`. After any of them nothing is subscribed.
    public func subscribe(
        _ subject: String, queueGroup: String? = nil, limits: SubscriptionLimits? = nil, confirmed: Bool = true
    ) async throws -> Subscription {
        let queue = DeliveryQueue(limits: limits ?? core.options.subscription)
        let request = try await core.subscribe(
            subject, queueGroup: queueGroup, confirms: confirmed, sink: .queue(queue))
        return Subscription(request, queue: queue, core: core)
    }

    /// Subscribes with a handler that is called on the reactor's thread, with borrowed messages, as they are parsed.
    ///
    /// The fastest and most immediate delivery. The handler must not block: nothing else of this event loop happens
    /// meanwhile. See ``InlineSubscription``; parameters and errors are those of
    /// ``subscribe(_:queueGroup:limits:confirmed:)``.
    @discardableResult
    public func subscribe(
        _ subject: String, queueGroup: String? = nil, confirmed: Bool = true,
        handler: @escaping @Sendable (borrowing MessageView) -> Void
    ) async throws -> InlineSubscription {
        let sink = InlineSink(handler: handler)
        let request = try await core.subscribe(
            subject, queueGroup: queueGroup, confirms: confirmed, sink: .inline(sink))
        return InlineSubscription(request, sink: sink, core: core)
    }
}
