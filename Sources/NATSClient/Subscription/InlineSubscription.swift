import NATSProtocol
import Synchronization

/// A subscription whose messages are handled on the reactor's thread, as they are parsed, by borrowed views.
///
/// The fastest and most immediate delivery: no copy, no queue, no task. The handler must not block: while it runs,
/// nothing else of the connections on its event loop does. It may publish (synchronously) and respond.
///
/// It lives until ``unsubscribe()``, its limit or the connection's close, whether the handle is kept or not.
public final class InlineSubscription: Sendable {
    /// The subject or pattern.
    public let subject: String
    public let queueGroup: String?
    let request: SubscribeRequest
    let sink: InlineSink
    let core: ConnectionCore

    init(_ request: SubscribeRequest, sink: InlineSink, core: ConnectionCore) {
        subject = request.subject
        queueGroup = request.queueGroup
        self.request = request
        self.sink = sink
        self.core = core
    }

    /// Asks the server for no further messages. The handler isn't called any more once the reactor has taken note.
    /// Doesn't wait. Repeating it does nothing.
    public func unsubscribe() { core.unsubscribe(request, after: nil) }

    /// Ends the subscription after `count` messages, counted from its beginning. Survives reconnects.
    public func unsubscribe(after count: Int) { core.unsubscribe(request, after: UInt64(max(0, count))) }

    /// Asks the server for no further messages and waits until the handler has seen everything that it had sent.
    ///
    /// - Throws: ``NATSError/Code/timedOut`` after `timeout` (default 30 s), ``NATSError/Code/connectionLost``,
    ///   ``NATSError/Code/connectionClosed``; `CancellationError` (the drain goes on).
    public func drain(timeout: Duration? = nil) async throws {
        try await core.drain(request, timeout: timeout)
    }

    /// Messages that the handler got so far. A snapshot; takes no lock.
    public var receivedMessages: UInt64 { sink.received.load(ordering: .relaxed) }

    /// The bytes (subject, reply, headers, payload) of those messages.
    public var receivedBytes: UInt64 { sink.receivedBytes.load(ordering: .relaxed) }

    /// Waits until the subscription has ended: `nil` for an orderly end, else what ended it.
    ///
    /// - Throws: `CancellationError`.
    public func ended() async throws -> NATSError? {
        while true {
            switch sink.endQueue.pop() {
            case .ended: return sink.endQueue.failure
            case .message, .empty:
                try Task.checkCancellation()
                await sink.endQueue.waitForMessages()
            }
        }
    }
}

/// What the driver holds for an inline subscription.
final class InlineSink: Sendable {
    let handler: @Sendable (borrowing MessageView) -> Void
    /// Carries only the end.
    let endQueue = DeliveryQueue(limits: SubscriptionLimits(messages: 0, bytes: 0))

    /// Messages and their bytes so far. The reactor alone writes.
    let received = Atomic<UInt64>(0)
    let receivedBytes = Atomic<UInt64>(0)

    init(handler: @escaping @Sendable (borrowing MessageView) -> Void) {
        self.handler = handler
    }

    /// Counts a message; a load and a store each, since there is one writer.
    @inline(__always)
    func count(_ layout: MessageLayout) {
        received.store(received.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        let bytes = UInt64(truncatingIfNeeded: layout.chargedBytes)
        receivedBytes.store(receivedBytes.load(ordering: .relaxed) &+ bytes, ordering: .relaxed)
    }
}
