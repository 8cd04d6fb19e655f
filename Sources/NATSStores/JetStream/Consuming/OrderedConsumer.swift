public import NATSClient
internal import NATSProtocol
import Synchronization

/// Reads a stream in order and without gaps, for one reader and without acknowledgements.
///
/// The server keeps a consumer in memory for it, which the client makes anew, behind the last message that it has handed on,
/// whenever it is lost or has lost its place: after reconnects, restarts and changes of leaders, gaps, and missed heartbeats. What
/// the reader gets has no gaps and no repetitions; only what the stream itself has removed meanwhile is missing.
///
/// ```swift
/// let ordered = try await stream.orderedConsumer()
/// for try await message in ordered.messages() { … }
/// ```
///
/// Source: ADR-17.
public final class OrderedConsumer: Sendable {
    /// The stream that it reads.
    public let stream: JetStream.Stream
    private let options: OrderedOptions
    /// What ``next(timeout:)`` and ``fetch(_:timeout:)`` read from.
    private let reading = Mutex<ConsumerMessages?>(nil)

    init(_ stream: JetStream.Stream, _ options: OrderedOptions) {
        self.stream = stream
        self.options = options
    }

    /// The messages, from where the options say. Each call is a reader of its own. See ``ConsumerMessages``; a refusal to make the
    /// consumer is thrown by the sequence, as ``NATSError/Code/jetStreamRefused``.
    public func messages() -> ConsumerMessages {
        let inbox = stream.jetStream.connection.newInbox()
        let monitor = OrderedMonitor(stream, options, inbox: inbox)
        let subscription = stream.jetStream.connection.subscribe("\(inbox).*", scope: monitor.scope, monitor: monitor)
        return ConsumerMessages(subscription, monitor)
    }

    /// Calls a handler on the reactor's thread with each message, borrowed; it must not block. Goes on until
    /// ``Consumption/stop()`` or the connection's close.
    @discardableResult
    public func consume(handler: @escaping @Sendable (borrowing MessageView) -> Void) -> Consumption {
        let inbox = stream.jetStream.connection.newInbox()
        let monitor = OrderedMonitor(stream, options, inbox: inbox)
        let subscription = stream.jetStream.connection.subscribe(
            "\(inbox).*", scope: monitor.scope, monitor: monitor, handler: handler)
        return Consumption(subscription, monitor)
    }

    /// The message behind the one that the last call of this or ``fetch(_:timeout:)`` brought; nil when none comes in time, or the
    /// reading has ended.
    ///
    /// - Throws: as the sequence; `CancellationError`.
    public func next(timeout: Duration = .seconds(5)) async throws -> Message? {
        do {
            return try await reader.subscription.next(timeout: timeout)
        } catch let error as NATSError where error.code == .timedOut {
            return nil
        }
    }

    /// Up to `count` messages behind the one that the last call of this or ``next(timeout:)`` brought. Returns fewer, or none, when
    /// no more come in time.
    ///
    /// - Throws: as the sequence, when no message came before; `CancellationError`.
    public func fetch(_ count: Int, timeout: Duration = .seconds(5)) async throws -> [Message] {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: timeout)
        var messages: [Message] = []
        while messages.count < count {
            do {
                guard let message = try await next(timeout: max(.zero, clock.now.duration(to: end))) else { break }
                messages.append(message)
            } catch {
                if messages.isEmpty { throw error }
                break
            }
        }
        return messages
    }

    /// What the server says of the consumer that ``next(timeout:)`` and ``fetch(_:timeout:)`` read from; nil before their first call.
    public func info() async throws -> ConsumerInfo? {
        guard let monitor = reading.withLock({ $0?.monitor }) as? OrderedMonitor, let name = monitor.consumerName else {
            return nil
        }
        return try await stream.unverifiedConsumer(name).info()
    }

    private var reader: ConsumerMessages {
        reading.withLock { reading in
            if let reading { return reading }
            let messages = messages()
            reading = messages
            return messages
        }
    }
}

extension JetStream.Stream {
    /// A reader of the stream in order and without gaps. One round trip, which says whether there is such a stream; the reading
    /// begins with ``OrderedConsumer/messages()``.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamNotFound`.
    public func orderedConsumer(_ options: OrderedOptions = OrderedOptions()) async throws -> OrderedConsumer {
        if let prefix = options.namePrefix { try APIName.check(prefix, "consumer") }
        _ = try await info()
        return OrderedConsumer(self, options)
    }
}
