public import NATSClient
internal import NATSProtocol
import Synchronization

/// What may still be said of a message, without the message: for those who acknowledge long after they have handled it, and don't
/// want to keep its memory meanwhile. Made by ``Message/takeAcknowledger()``; may be used from any thread.
///
/// Something final can be said once, as of a message; all forms cost what they cost there.
public final class Acknowledger: Sendable {
    private let reply: MessageReply
    private let isClaimed = Atomic(false)

    init(_ reply: MessageReply) { self.reply = reply }

    /// As ``Message/ack()``.
    public func ack() throws(NATSError) { try acknowledge(.ack) }

    /// As ``Message/nak(delay:)``.
    public func nak(delay: Duration? = nil) throws(NATSError) { try acknowledge(.nak(delay: delay)) }

    /// As ``Message/term(reason:)``.
    public func term(reason: String? = nil) throws(NATSError) { try acknowledge(.term(reason: reason)) }

    /// As ``Message/inProgress()``.
    public func inProgress() throws(NATSError) { try acknowledge(.inProgress) }

    /// As ``Message/acknowledge(_:)``.
    public func acknowledge(_ acknowledgement: Acknowledgement) throws(NATSError) {
        try claim(for: acknowledgement)
        do throws(NATSError) {
            try reply.respondBeyondLimit(acknowledgement.text.utf8Span.span)
        } catch {
            unclaim(after: acknowledgement)
            throw error
        }
    }

    /// As ``Message/ack(confirmedWithin:)``.
    public func ack(confirmedWithin timeout: Duration) async throws { try await acknowledge(.ack, confirmedWithin: timeout) }

    /// As ``Message/acknowledge(_:confirmedWithin:)``.
    public func acknowledge(_ acknowledgement: Acknowledgement, confirmedWithin timeout: Duration) async throws {
        try claim(for: acknowledgement)
        do {
            _ = try await reply.requestConfirmation(Array(acknowledgement.text.utf8), timeout: timeout)
        } catch {
            unclaim(after: acknowledgement)
            throw error
        }
    }

    /// Whether something final was said.
    public var isAcknowledged: Bool { isClaimed.load(ordering: .relaxed) }

    /// As ``Message/metadata``.
    public var metadata: MessageMetadata? {
        let subject = reply.subject
        guard let place = AcknowledgementSubject(subject.span) else { return nil }
        return MessageMetadata(place, in: subject.span)
    }

    private func claim(for acknowledgement: Acknowledgement) throws(NATSError) {
        let isFirst = acknowledgement.isFinal ? !isClaimed.exchange(true, ordering: .relaxed) : !isAcknowledged
        guard !isFirst else { return }
        let subject = reply.subject
        throw alreadyAcknowledged(String(repairing: subject.span))
    }

    private func unclaim(after acknowledgement: Acknowledgement) {
        if acknowledgement.isFinal { isClaimed.store(false, ordering: .relaxed) }
    }
}

extension Message {
    /// Separates what may be said of the message from the message, which itself can't be acknowledged any more. Copies the
    /// acknowledgement subject, some fifty bytes.
    ///
    /// - Throws: ``NATSError/Code/alreadyAcknowledged``, ``NATSError/Code/notAcknowledgeable``.
    public func takeAcknowledger() throws(NATSError) -> Acknowledger {
        try checkAcknowledgeable()
        guard let reply = replyHandle else { throw notAcknowledgeable(subject) }
        guard claim() else { throw alreadyAcknowledged(subject) }
        return Acknowledger(reply)
    }
}
