public import NATSClient

/// One message of an ``AsyncPublisher``, and its result when it comes. Any number of tasks may wait for it, at any time.
///
/// Costs one allocation; one more when each message is waited for before the next is published, so that each result comes alone.
public struct PublishReceipt: Sendable {
    /// The message's number, from 0.
    public let number: UInt64
    let ticket: PublishTicket

    /// Waits until the message has ended. It does in every case: by the stream, by its deadline, or with the connection.
    ///
    /// - Throws: what became of the message, as ``PublishOutcome/result`` says; `CancellationError`, which leaves it under way.
    public func acknowledgement() async throws -> PublishAck {
        try PublishAck.result(await ticket.wait()).get()
    }

    /// What became of it; nil while it is under way.
    public var result: Result<PublishAck, NATSError>? { ticket.result.map { PublishAck.result($0) } }
}

extension AsyncPublisher {
    /// Publishes bytes, and gives a receipt by which to wait for this message; suspends while the window is full.
    ///
    /// A failure is told by the receipt, not by ``flush(timeout:)``.
    ///
    /// - Throws: as ``publish(_:_:messageID:headers:options:)-(_,[UInt8],_,_,_)``.
    public func submit(
        _ subject: String, _ payload: [UInt8], messageID: String? = nil, headers: Headers? = nil, options: PublishOptions? = nil
    ) async throws -> PublishReceipt {
        let ticket = pipeline.makeTicket()
        let number = try await pipeline.publishSuspending(
            subject, payload, headers: options?.headers(with: headers) ?? headers, messageID: messageID, ticket: ticket)
        return PublishReceipt(number: number, ticket: ticket)
    }

    /// Publishes text, and gives a receipt by which to wait for this message. As
    /// ``submit(_:_:messageID:headers:options:)-(_,[UInt8],_,_,_)``.
    public func submit(
        _ subject: String, _ payload: String, messageID: String? = nil, headers: Headers? = nil, options: PublishOptions? = nil
    ) async throws -> PublishReceipt {
        let ticket = pipeline.makeTicket()
        let number = try await pipeline.publishSuspending(
            subject, payload.utf8Span.span, headers: options?.headers(with: headers) ?? headers, messageID: messageID,
            ticket: ticket)
        return PublishReceipt(number: number, ticket: ticket)
    }

    /// Publishes bytes without waiting for anything, and gives a receipt. For synchronous code.
    public func submit(
        _ subject: String, _ payload: [UInt8], messageID: String? = nil, headers: Headers? = nil, options: PublishOptions? = nil
    ) throws(NATSError) -> PublishReceipt {
        let ticket = pipeline.makeTicket()
        let number = try pipeline.publish(
            subject, payload, headers: options?.headers(with: headers) ?? headers, messageID: messageID, ticket: ticket)
        return PublishReceipt(number: number, ticket: ticket)
    }
}
