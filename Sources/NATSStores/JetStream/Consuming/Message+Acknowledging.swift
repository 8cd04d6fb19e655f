public import NATSClient

/// Acknowledging messages that came from a consumer.
///
/// An acknowledgement is staged and sent with everything else that is staged, many in one write, without any delay: it costs one
/// lock, no allocation, and never waits for room in the outbound buffer. The server's confirmation is awaited by the forms with
/// `confirmedWithin`. All forms may be used from any thread.
///
/// Each message can be acknowledged once, whoever has a copy of it; a second time throws
/// ``NATSError/Code/alreadyAcknowledged``. Only a copy made by `detached()` doesn't know of what is said later about the original.
extension Message {
    /// The message is done with.
    ///
    /// - Throws: ``NATSError/Code/alreadyAcknowledged``; ``NATSError/Code/notAcknowledgeable`` when no consumer has given it;
    ///   what `publish` throws when the connection takes nothing more.
    public func ack() throws(NATSError) { try acknowledge("+ACK") }

    /// The message couldn't be handled: it is to be given out again.
    ///
    /// - Parameter delay: how long the server is to wait. Default: it doesn't.
    /// - Throws: as ``ack()``.
    public func nak(delay: Duration? = nil) throws(NATSError) { try acknowledge(.nak(delay: delay)) }

    /// The message can't be handled: it isn't to be given out again.
    ///
    /// - Parameter reason: for people; servers from 2.10.4 on publish it in an advisory.
    /// - Throws: as ``ack()``.
    public func term(reason: String? = nil) throws(NATSError) { try acknowledge(.term(reason: reason)) }

    /// The message is being handled: the server's time for it begins anew. May be said any number of times.
    ///
    /// - Throws: as ``ack()``.
    public func inProgress() throws(NATSError) { try acknowledge(.inProgress) }

    /// Any of them.
    ///
    /// - Throws: as ``ack()``.
    public func acknowledge(_ acknowledgement: Acknowledgement) throws(NATSError) {
        if acknowledgement.isFinal { return try acknowledge(acknowledgement.text) }
        try checkAcknowledgeable()
        guard !isClaimed else { throw alreadyAcknowledged(subject) }
        try respondBeyondLimit(acknowledgement.text.utf8Span.span)
    }

    /// Whether something final was said about the message.
    public var isAcknowledged: Bool { isClaimed }

    /// The message is done with, and the server has noted it: with a message ID at the publisher this is exactly once.
    ///
    /// - Parameter timeout: how long to wait for the server.
    /// - Throws: as ``ack()``; ``NATSError/Code/timedOut``, ``NATSError/Code/connectionLost``; ``NATSError/Code/noResponders``
    ///   when the consumer is gone or wants no acknowledgements; `CancellationError`. After any of these it may be tried again.
    public func ack(confirmedWithin timeout: Duration) async throws {
        try await acknowledge(.ack, confirmedWithin: timeout)
    }

    /// Says anything, and waits until the server has noted it. As ``ack(confirmedWithin:)``.
    public func acknowledge(_ acknowledgement: Acknowledgement, confirmedWithin timeout: Duration) async throws {
        try checkAcknowledgeable()
        let isFirst = acknowledgement.isFinal ? claim() : !isClaimed
        guard isFirst else { throw alreadyAcknowledged(subject) }
        do {
            _ = try await requestConfirmation(Array(acknowledgement.text.utf8), timeout: timeout)
        } catch {
            if acknowledgement.isFinal { unclaim() }
            throw error
        }
    }

    private func acknowledge(_ text: String) throws(NATSError) {
        try checkAcknowledgeable()
        guard claim() else { throw alreadyAcknowledged(subject) }
        do throws(NATSError) {
            try respondBeyondLimit(text.utf8Span.span)
        } catch {
            unclaim()
            throw error
        }
    }

    func checkAcknowledgeable() throws(NATSError) {
        guard replyBytes.isAcknowledgementSubject else { throw notAcknowledgeable(subject) }
    }
}

extension MessageView {
    /// As ``Message/ack()``.
    public func ack() throws(NATSError) { try acknowledge("+ACK") }

    /// As ``Message/nak(delay:)``.
    public func nak(delay: Duration? = nil) throws(NATSError) { try acknowledge(.nak(delay: delay)) }

    /// As ``Message/term(reason:)``.
    public func term(reason: String? = nil) throws(NATSError) { try acknowledge(.term(reason: reason)) }

    /// As ``Message/inProgress()``.
    public func inProgress() throws(NATSError) { try acknowledge(.inProgress) }

    /// As ``Message/acknowledge(_:)``.
    public func acknowledge(_ acknowledgement: Acknowledgement) throws(NATSError) {
        if acknowledgement.isFinal { return try acknowledge(acknowledgement.text) }
        guard replyBytes.isAcknowledgementSubject else { throw notAcknowledgeable(subject) }
        guard !isClaimed else { throw alreadyAcknowledged(subject) }
        try respondBeyondLimit(acknowledgement.text.utf8Span.span)
    }

    private func acknowledge(_ text: String) throws(NATSError) {
        guard replyBytes.isAcknowledgementSubject else { throw notAcknowledgeable(subject) }
        guard claim() else { throw alreadyAcknowledged(subject) }
        do throws(NATSError) {
            try respondBeyondLimit(text.utf8Span.span)
        } catch {
            unclaim()
            throw error
        }
    }
}

extension Sequence<Message> {
    /// Says of each message that it is done with. They leave in one write.
    ///
    /// - Throws: as ``Message/ack()``, at the first message for which it does.
    @inlinable public func ackEach() throws(NATSError) {
        for message in self { try message.ack() }
    }
}

extension BidirectionalCollection<Message> {
    /// Says of the last message that it is done with, which, at a consumer with the policy
    /// ``ConsumerConfiguration/AcknowledgementPolicy/all``, holds for all before it. Nothing happens without messages.
    ///
    /// - Throws: as ``Message/ack()``.
    @inlinable public func ackUpToLast() throws(NATSError) { try last?.ack() }
}

extension Span<UInt8> {
    /// `$JS.ACK.…`
    var isAcknowledgementSubject: Bool {
        count > 8 && self[0] == UInt8(ascii: "$") && self[1] == UInt8(ascii: "J") && self[2] == UInt8(ascii: "S")
            && self[3] == UInt8(ascii: ".") && self[4] == UInt8(ascii: "A") && self[5] == UInt8(ascii: "C")
            && self[6] == UInt8(ascii: "K") && self[7] == UInt8(ascii: ".")
    }
}

func alreadyAcknowledged(_ subject: String) -> NATSError {
    NATSError(.alreadyAcknowledged, "the message was acknowledged before", subject: subject)
}

func notAcknowledgeable(_ subject: String) -> NATSError {
    NATSError(.notAcknowledgeable, "the message came from no consumer, so there is nobody to acknowledge it to", subject: subject)
}
