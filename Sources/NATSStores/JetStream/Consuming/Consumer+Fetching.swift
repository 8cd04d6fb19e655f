public import NATSClient
internal import NATSProtocol

/// Pulling once.
///
/// Each call is one request of its own, with a subject of its own, so that nothing of an earlier one can end it. A call ends when
/// all messages have come, when its time is over, or when the server says that there is nothing more; it never waits for longer
/// than its time and five seconds. A call that has messages returns them, whatever else happened; without any it throws:
/// ``NATSError/Code/consumerDeleted``, ``NATSError/Code/wrongConsumerKind``, ``NATSError/Code/pullRefused``,
/// ``NATSError/Code/messageTooLarge``, ``NATSError/Code/consumerUnavailable``, ``NATSError/Code/heartbeatsMissed``,
/// ``NATSError/Code/timedOut`` (the server didn't answer at all), ``NATSError/Code/connectionLost``,
/// ``NATSError/Code/connectionClosed``; `CancellationError`. What comes late goes back to the server (NAK).
extension JetStream.Consumer {
    /// Up to `count` messages. Returns fewer, or none, when no more come in time.
    public func fetch(_ count: Int, timeout: Duration = .seconds(5), _ options: FetchOptions = FetchOptions()) async throws
        -> MessageBatch
    {
        try await fetch(options.pull(messages: count, bytes: nil, timeout: timeout))
    }

    /// Messages of up to so many bytes together, as the server counts them: subjects, acknowledgement subjects, headers and
    /// payloads. Returns when the next message would be too many, or no more come in time.
    public func fetchBytes(
        _ bytes: Int, timeout: Duration = .seconds(5), _ options: FetchOptions = FetchOptions()
    ) async throws -> MessageBatch {
        try await fetch(options.pull(messages: 1_000_000, bytes: bytes, timeout: timeout))
    }

    /// Up to `count` of the messages that are there now.
    public func fetchNoWait(_ count: Int, _ options: FetchOptions = FetchOptions()) async throws -> MessageBatch {
        var pull = options.pull(messages: count, bytes: nil, timeout: .zero)
        pull.noWait = true
        return try await fetch(pull)
    }

    /// Waits for a first message, if there is none, and takes what is there then: up to `count` messages.
    public func fetchAvailable(
        _ count: Int, timeout: Duration = .seconds(5), _ options: FetchOptions = FetchOptions()
    ) async throws -> MessageBatch {
        var pull = options.pull(messages: count, bytes: nil, timeout: timeout)
        pull.noWait = true
        return try await fetch(pull)
    }

    /// The next message; nil when none comes in time.
    public func next(timeout: Duration = .seconds(5), _ options: FetchOptions = FetchOptions()) async throws -> Message? {
        try await fetch(options.pull(messages: 1, bytes: nil, timeout: timeout)).first
    }

    /// The next message, asked for by saying that another one is done with: one message to the server for both (`+NXT`). Nil when none
    /// comes in time.
    ///
    /// - Throws: ``NATSError/Code/alreadyAcknowledged``, ``NATSError/Code/notAcknowledgeable``; what a fetch throws. After an error
    ///   `message` may be acknowledged again: nobody knows whether the server has noted it.
    public func next(
        acknowledging message: Message, timeout: Duration = .seconds(5), _ options: FetchOptions = FetchOptions()
    ) async throws -> Message? {
        try message.checkAcknowledgeable()
        guard message.claim() else { throw alreadyAcknowledged(message.subject) }
        let subject = message.replyBytes
        do {
            return try await fetch(
                options.pull(messages: 1, bytes: nil, timeout: timeout), acknowledging: subject.indices.map { subject[$0] }
            ).first
        } catch {
            message.unclaim()
            throw error
        }
    }

    private func fetch(_ pull: PullConfiguration, acknowledging subject: [UInt8]? = nil) async throws -> MessageBatch {
        let inbox = jetStream.connection.newInbox()
        let monitor = PullMonitor(self, pull, inbox: inbox, acknowledged: subject)
        let result = try await jetStream.connection.collect(
            "\(inbox).*", upTo: pull.maximumMessages, scope: monitor.scope, monitor: monitor)
        if result.messages.isEmpty {
            if let error = result.error { throw error }
            try Task.checkCancellation()
        }
        return result.messages
    }
}

/// What a single pull may ask for beside messages: what priority groups need (ADR-42).
public struct FetchOptions: Sendable {
    /// The priority group, of a consumer that has some. Server 2.11.
    public var group: String?
    /// Of an overflow group: only when so many messages wait at the consumer.
    public var minimumPending: UInt64?
    /// Of an overflow group: only when so many messages are out without acknowledgement.
    public var minimumAcknowledgementsPending: UInt64?
    /// Of a prioritised group: 0, first, to 9. Server 2.12.
    public var priority: Int?

    /// Nothing of all that.
    public init(group: String? = nil) { self.group = group }

    func pull(messages: Int, bytes: Int?, timeout: Duration) -> PullConfiguration {
        var pull = PullConfiguration()
        pull.manner = .once
        pull.maximumMessages = max(1, messages)
        pull.maximumBytes = bytes.map { max(1, $0) }
        pull.expiryNanoseconds = timeout.clampedNanoseconds
        // Short pulls end before two heartbeats could be missed.
        pull.heartbeatNanoseconds = timeout >= .seconds(10) ? 5_000_000_000 : 0
        pull.group = group
        pull.minimumPending = minimumPending
        pull.minimumAcknowledgementsPending = minimumAcknowledgementsPending
        pull.priority = priority
        return pull
    }
}
