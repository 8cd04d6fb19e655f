import NATSProtocol
import Reactor

/// What may be done once with a message, whoever has a copy of it: the first byte of the line end behind it, which nobody reads
/// any more, says that it was. So the guard costs no memory of its own.
extension Message {
    /// True for one caller, until ``unclaim()``.
    package func claim() -> Bool { block.exchangeMark(MessageClaim.mark, at: layout.end) != MessageClaim.mark }

    /// What was claimed wasn't done.
    package func unclaim() { _ = block.exchangeMark(0, at: layout.end) }

    package var isClaimed: Bool { block.mark(at: layout.end) == MessageClaim.mark }
}

enum MessageClaim {
    /// Not CR, which is there at first.
    static let mark = UInt8(ascii: "A")
}

// MARK: - Small answers that the connection never refuses for want of room

extension Message {
    /// Publishes to the message's reply subject. Isn't refused when the outbound buffer is full: for acknowledgements, of which
    /// there can't be more than messages that were asked for. Doesn't allocate.
    package func respondBeyondLimit(_ payload: Span<UInt8>) throws(NATSError) {
        guard let core else { throw NATSError(.connectionClosed, "the message belongs to no connection") }
        try core.respondBeyondLimit(to: replyBytes, payload)
    }

    /// Asks under the message's reply subject, and waits for the answer.
    package func requestConfirmation(_ payload: [UInt8], timeout: Duration?) async throws -> Message {
        guard let core else { throw NATSError(.connectionClosed, "the message belongs to no connection") }
        return try await core.request(String(repairing: replyBytes), payload, timeout: timeout)
    }
}

/// Where a message wants its answer, without the message.
package struct MessageReply: Sendable {
    let core: ConnectionCore
    package let subject: [UInt8]

    /// As ``Message/respondBeyondLimit(_:)``.
    package func respondBeyondLimit(_ payload: Span<UInt8>) throws(NATSError) {
        try core.respondBeyondLimit(to: subject.span, payload)
    }

    /// As ``Message/requestConfirmation(_:timeout:)``.
    package func requestConfirmation(_ payload: [UInt8], timeout: Duration?) async throws -> Message {
        try await core.request(String(repairing: subject.span), payload, timeout: timeout)
    }
}

extension Message {
    /// Copies the reply subject. Nil when the message belongs to no connection.
    package var replyHandle: MessageReply? {
        guard let core else { return nil }
        let reply = replyBytes
        return MessageReply(core: core, subject: reply.indices.map { reply[$0] })
    }
}

extension MessageView {
    /// As for ``Message``.
    package func respondBeyondLimit(_ payload: Span<UInt8>) throws(NATSError) {
        guard let core else { throw NATSError(.connectionClosed, "the message belongs to no connection") }
        try core.respondBeyondLimit(to: replyBytes, payload)
    }
}

extension ConnectionCore {
    func respondBeyondLimit(to reply: Span<UInt8>, _ payload: Span<UInt8>) throws(NATSError) {
        let refusal = stageBeyondLimit(subject: reply, reply: Span(), payload: payload)
        try check(refusal, subject: String(repairing: reply))
    }

    /// A request of a handle that isn't at hand.
    func request(_ subject: String, _ payload: [UInt8], timeout: Duration?) async throws -> Message {
        let nanoseconds = requestTimeoutNanoseconds(timeout)
        if let id = try startRequest(subject, payload.span, headers: nil, timeoutNanoseconds: nanoseconds) {
            return try await awaitReply(id)
        }
        try await ensureRequestInbox()
        let id = try startRequestWithInbox(subject, payload.span, headers: nil, timeoutNanoseconds: nanoseconds)
        return try await awaitReply(id)
    }
}
