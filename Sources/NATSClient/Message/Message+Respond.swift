public import NATSProtocol

extension Message {
    /// Publishes a response to the message's reply subject. Never suspends; usable from any thread.
    ///
    /// - Throws: ``NATSError/Code/noReplySubject`` when the message expects no reply; as
    ///   ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    public func respond(_ payload: String, headers: Headers? = nil) throws(NATSError) {
        try respond(payload.utf8Span.span, headers: headers)
    }

    /// Publishes a response to the message's reply subject.
    public func respond(_ payload: [UInt8], headers: Headers? = nil) throws(NATSError) {
        try respond(payload.span, headers: headers)
    }

    /// Publishes a response to the message's reply subject.
    public func respond(_ payload: Payload, headers: Headers? = nil) throws(NATSError) {
        try respond(payload.span, headers: headers)
    }

    /// Publishes a response to the message's reply subject. Doesn't allocate.
    public func respond(_ payload: Span<UInt8>, headers: Headers? = nil) throws(NATSError) {
        guard layout.replyCount != 0 else { throw noReplySubject(subject: subject) }
        guard let core else { throw NATSError(.connectionClosed, "the message belongs to no connection") }
        try core.respond(to: replyBytes, payload, headers: headers)
    }
}

extension MessageView {
    /// Publishes a response to the message's reply subject. Doesn't allocate or suspend.
    ///
    /// - Throws: as ``Message/respond(_:headers:)-(String,_)``.
    public func respond(_ payload: Span<UInt8>, headers: Headers? = nil) throws(NATSError) {
        guard !replyBytes.isEmpty else { throw noReplySubject(subject: subject) }
        guard let core else { throw NATSError(.connectionClosed, "the message belongs to no connection") }
        try core.respond(to: replyBytes, payload, headers: headers)
    }

    /// Publishes a response to the message's reply subject.
    public func respond(_ payload: String, headers: Headers? = nil) throws(NATSError) {
        try respond(payload.utf8Span.span, headers: headers)
    }

    /// Publishes a response to the message's reply subject.
    public func respond(_ payload: [UInt8], headers: Headers? = nil) throws(NATSError) {
        try respond(payload.span, headers: headers)
    }
}

private func noReplySubject(subject: String) -> NATSError {
    NATSError(.noReplySubject, "the message has no reply subject; it was published, not requested", subject: subject)
}

extension ConnectionCore {
    func respond(to reply: Span<UInt8>, _ payload: Span<UInt8>, headers: Headers?) throws(NATSError) {
        let refusal: PublishRefusal?
        if let headers {
            refusal =
                headers.defect != nil
                ? .invalidHeaders
                : stagePublish(
                    subject: reply, reply: Span<UInt8>(), headers: headers.publishedBytes, payload: payload)
        } else {
            refusal = stagePublish(
                subject: reply, reply: Span<UInt8>(), headers: Span<UInt8>(), payload: payload)
        }
        try check(refusal, subject: String(repairing: reply), headers: headers)
    }
}
