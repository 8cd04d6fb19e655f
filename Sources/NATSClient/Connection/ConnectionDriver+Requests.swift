import NATSProtocol
import Reactor
import Synchronization

/// Replies to the requests that wait for them.
extension ConnectionDriver {
    func resolveReply(_ layout: MessageLayout, _ block: ReceiveBlock) {
        let message = Message(block: block, layout: layout)
        let subject = message.subjectBytes
        let isOnInbox = isOnInbox(subject)
        let token = isOnInbox ? ReplyToken.parse(subject.extracting(core.requestInbox.count..<subject.count)) : nil
        // A request is answered once, also when the inbox is on two connections for a moment.
        if state.value.session.isMoving {
            if let token, state.value.answeredTwice.contains(token) { return }
            // A reply that names no request is taken from one of the two.
            if !isOnInbox, state.value.deliversForSuccessor { return }
        }
        core.stage.lock()
        // A mapping on the way may have rewritten the reply's subject: it can only be for the one request there is.
        let found =
            isOnInbox ? token.flatMap { core.stage.value.removeRequest($0) } : core.stage.value.removeOnlyRequest()
        guard let found else {
            core.stage.unlock()
            return core.counters.orphanReplies.increase(by: 1)
        }
        let completion = completion(of: message, requestedOn: found.subject)
        let waiter = core.stage.value.keepingEarly(found, completion)
        core.stage.publishAndUnlock()
        if state.value.session.isMoving { state.value.answeredTwice.insert(found.id) }
        waiter?.resume(completion)
    }

    private func isOnInbox(_ subject: Span<UInt8>) -> Bool {
        let prefix = core.requestInbox
        return subject.begins(with: prefix.span)
    }

    /// A 503 without payload is the server's word that nobody listens (ADR-4, core.md 3.8); any other status is a
    /// reply like another.
    private func completion(of message: Message, requestedOn subject: String) -> Completion {
        guard message.layout.headerCount != 0, message.layout.payloadCount == 0,
            HeaderBlockView(message.headerBytes).statusCode == 503
        else { return .message(message) }
        let named = message.header(HeaderName.subject) ?? subject
        return .failed(
            NATSError(
                .noResponders, "nobody listens on this subject; start a responder or retry later", subject: named))
    }

    /// Fails the requests whose publish the server refused.
    func publishDenied(subject: String, _ error: ServerError) {
        let failure = NATSError(
            .permissionViolation, "the server doesn't permit publishing to this subject", subject: subject,
            serverError: error)
        core.hub.emit(.publishDenied(subject: subject, failure))
        failWaiters(failure) { $0.waiterKind == .request && $0.subject == subject }
    }

    /// Fails the request whose reply subject the server refused.
    func replyDenied(reply: String, _ error: ServerError) {
        let failure = NATSError(
            .permissionViolation, "the server doesn't permit this reply subject", subject: reply, serverError: error)
        core.hub.emit(.publishDenied(subject: reply, failure))
        let bytes = Array(reply.utf8)
        guard bytes.starts(with: core.requestInbox) else { return }
        let token = bytes.span.extracting(core.requestInbox.count..<bytes.count)
        if let id = ReplyToken.parse(token) { core.complete(id, .failed(failure)) }
    }

    /// The server refused the inbox itself: no reply can ever come.
    func requestInboxEnded(_ error: NATSError) {
        let error = error.code == .permissionViolation ? inboxRefused(error) : error
        state.value.requestInboxID = nil
        core.snapshot.withLock { $0.requestInboxError = error }
        core.stage.lock()
        core.stage.value.requestInbox = []
        core.stage.unlock()
        failWaiters(error) { $0.waiterKind == .request }
    }

    private func inboxRefused(_ error: NATSError) -> NATSError {
        let prefix = core.options.inboxPrefix
        return NATSError(
            .permissionViolation,
            "the server refuses the inbox for replies, so that no request can be answered; allow the user to subscribe to "
                + "'\(prefix).>', or set the option inboxPrefix to something that it may subscribe to",
            server: error.server, subject: error.subject, serverError: error.serverError)
    }
}
