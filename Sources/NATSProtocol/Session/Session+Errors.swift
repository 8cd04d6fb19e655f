/// `-ERR`: classify, tell the one whom it concerns, and never close for good because of a text.
extension Session {
    package mutating func errorReceived(_ text: Span<UInt8>, now: Timestamp) {
        switch phase.kind {
        case .idle, .waiting, .closed: break
        case .attempting:
            let error = ServerError(text)
            advanceHandshake(now: now) { $0.received(.error(error)) }
        case .restoring, .connected:
            let error = ServerError(text)
            actions.append(.report(.serverError(error)))
            route(error)
            if error.closesConnection, closingError == nil {
                // The cause of what comes: the server closes the connection. If it doesn't, we do.
                closingError = error
                timers.set(
                    .serverClose, at: now.advanced(byNanoseconds: configuration.serverCloseGraceNanoseconds))
            }
        }
    }

    mutating func serverDidNotClose(now: Timestamp) {
        guard let closingError else { return }
        fail(.server(closingError), now: now)
    }

    private mutating func route(_ error: ServerError) {
        switch error.kind {
        case .subscriptionPermissionViolation:
            if let id = refusedSubscription(error) { endSubscription(id, .denied(error)) }
        case .publishPermissionViolation:
            if let subject = error.subject { actions.append(.publishDenied(subject: subject, error)) }
        case .replyPermissionViolation:
            if let reply = error.reply { actions.append(.replyDenied(reply: reply, error)) }
        default: break
        }
    }

    private func refusedSubscription(_ error: ServerError) -> SubscriptionID? {
        if let sid = error.subscriptionID { return SubscriptionID(rawValue: sid) }
        guard let subject = error.subject else { return nil }
        return subscriptions.firstMatch(subject: subject, queueGroup: error.queueGroup)
    }
}
