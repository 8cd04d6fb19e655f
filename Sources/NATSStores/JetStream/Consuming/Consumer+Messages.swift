public import NATSClient
internal import NATSProtocol

/// Pulling continuously.
extension JetStream.Consumer {
    /// The consumer's messages, pulled ahead of need and without an end: see ``ConsumerMessages``.
    ///
    /// Returns at once; the first request goes out with what is published next. What can't be is thrown by the sequence.
    public func messages(_ options: ConsumeOptions = ConsumeOptions()) -> ConsumerMessages {
        let inbox = jetStream.connection.newInbox()
        let monitor = PullMonitor(self, options.pull, inbox: inbox)
        let subscription = jetStream.connection.subscribe("\(inbox).*", scope: monitor.scope, monitor: monitor)
        return ConsumerMessages(subscription, monitor)
    }

    /// Pulls without an end, and calls a handler on the reactor's thread with each message, borrowed: the fastest and most
    /// immediate form. The handler must not block; it may acknowledge, and publish.
    ///
    /// Goes on until ``Consumption/stop()`` or the connection's close, whether the handle is kept or not.
    @discardableResult
    public func consume(
        _ options: ConsumeOptions = ConsumeOptions(), handler: @escaping @Sendable (borrowing MessageView) -> Void
    ) -> Consumption {
        let inbox = jetStream.connection.newInbox()
        let monitor = PullMonitor(self, options.pull, inbox: inbox)
        let subscription = jetStream.connection.subscribe(
            "\(inbox).*", scope: monitor.scope, monitor: monitor, handler: handler)
        return Consumption(subscription, monitor)
    }
}

/// A consumption with a handler.
public final class Consumption: Sendable {
    let subscription: InlineSubscription
    let monitor: any ConsumptionMonitor

    init(_ subscription: InlineSubscription, _ monitor: any ConsumptionMonitor) {
        self.subscription = subscription
        self.monitor = monitor
    }

    /// What happens beside messages, from now on.
    public var events: ConsumerEvents { monitor.events.listen() }

    /// Messages that the handler got so far.
    public var receivedMessages: UInt64 { subscription.receivedMessages }

    /// Asks for nothing more. The handler is still called with what the server has sent. Returns at once.
    public func stop() { subscription.tellMonitor(.stopped) }

    /// Asks for nothing more, and waits until the handler has seen everything that the server has sent. Throws as
    /// ``ConsumerMessages/drain(timeout:)``.
    public func drain(timeout: Duration? = nil) async throws {
        stop()
        try await subscription.drain(timeout: timeout)
    }

    /// Waits until the consumption has ended: `nil` for an orderly end, else what ended it.
    ///
    /// - Throws: `CancellationError`.
    public func ended() async throws -> NATSError? { try await subscription.ended() }
}
