/// `-ERR`: classify, tell the one whom it concerns, and never close for good because of a text.
extension Session {
    package mutating func errorReceived(_ text: Span<UInt8>, generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
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
        case .maximumSubscriptionsExceeded, .invalidSubject: routeUnnamed(error)
        default: break
        }
    }

    /// These texts don't say which subscription they mean. The server works in order, so the refused SUB stands in front
    /// of the oldest PING that isn't answered: the subscription's own, or the one behind the replayed subscriptions.
    /// Without such a PING nobody waits for the answer, and the report is all that can be said.
    ///
    /// Source: `processSubEx` and `maxSubsExceeded` in nats-server's `server/client.go`.
    private mutating func routeUnnamed(_ error: ServerError) {
        switch ledger.oldestOrdered {
        case .subscription(let id): refuse(id, error)
        // More than one for each replayed subscription say nothing.
        case .restore where restoreRefusals.count < subscriptions.count: restoreRefusals.append(error)
        default: break
        }
    }

    /// Ends the replayed subscriptions that the server refused. It takes them in order until its limit, so the last
    /// ones are missing.
    mutating func endRefusedReplays() {
        let refusals = restoreRefusals
        restoreRefusals = []
        guard !refusals.isEmpty else { return }
        for (id, error) in zip(subscriptions.awaitingRestore.reversed(), refusals) { refuse(id, error) }
    }

    /// The UNSUB makes client and server agree even if the refusal was another subscription's that nobody waits for.
    private mutating func refuse(_ id: SubscriptionID, _ error: ServerError) {
        guard let record = subscriptions[id] else { return }
        sendUnsubscribe(record)
        endSubscription(id, .denied(error))
    }

    private func refusedSubscription(_ error: ServerError) -> SubscriptionID? {
        if let sid = error.subscriptionID { return SubscriptionID(rawValue: sid) }
        guard let subject = error.subject else { return nil }
        return subscriptions.firstMatch(subject: subject, queueGroup: error.queueGroup)
    }
}
