/// `-ERR`: classify, tell the one whom it concerns, and never close for good because of a text.
extension Session {
    package mutating func errorReceived(_ text: Span<UInt8>, generation: UInt32, now: Timestamp) {
        guard let role = role(of: generation) else { return }
        switch phase.kind {
        case .idle, .waiting, .closed: return
        case .attempting, .restoring, .settling, .connected: break
        }
        let error = ServerError(text)
        note(error, generation: generation)
        guard isEstablished(role) else {
            return advanceHandshake(generation: generation, now: now) { $0.received(.error(error)) }
        }
        actions.append(.report(.serverError(error)))
        route(error, from: role)
        guard error.closesConnection, link(role).closingError == nil else { return }
        // The cause of what comes: the server closes the connection. If it doesn't, we do.
        change(role) { $0.closingError = error }
        switch role {
        case .present:
            timers.set(.serverClose, at: now.advanced(byNanoseconds: configuration.serverCloseGraceNanoseconds))
        case .successor: failSuccessor(.server(error), now: now)
        }
    }

    mutating func serverDidNotClose(now: Timestamp) {
        guard let closingError = link.closingError else { return }
        fail(.server(closingError), now: now)
    }

    private mutating func route(_ error: ServerError, from role: LinkRole) {
        switch error.kind {
        case .subscriptionPermissionViolation:
            guard let id = refusedSubscription(error), let record = subscriptions[id] else { return }
            if move.isSuccessorEstablished, !subscriptions.leave(id, role) {
                // The other server has it still.
                sendUnsubscribe(record, except: role)
            }
            // Its place in a replay isn't another refusal's.
            change(role) { $0.replayed.removeAll { $0 == id } }
            endSubscription(id, .denied(error))
        case .publishPermissionViolation:
            if let subject = error.subject { actions.append(.publishDenied(subject: subject, error)) }
        case .replyPermissionViolation:
            if let reply = error.reply { actions.append(.replyDenied(reply: reply, error)) }
        case .maximumSubscriptionsExceeded, .invalidSubject: routeUnnamed(error, from: role)
        default: break
        }
    }

    /// These texts don't say which subscription they mean. The server works in order, so the refused SUB stands in front
    /// of the oldest PING that isn't answered: the subscription's own, or the one behind the replayed subscriptions.
    /// Without such a PING nobody waits for the answer, and the report is all that can be said.
    ///
    /// Source: `processSubEx` and `maxSubsExceeded` in nats-server's `server/client.go`.
    private mutating func routeUnnamed(_ error: ServerError, from role: LinkRole) {
        switch link(role).ledger.oldestOrdered {
        case .subscription(let id): refuse(id, error)
        // More than one for each replayed subscription say nothing.
        case .restore where link(role).replayRefusals.count < link(role).replayed.count,
            .prepare where link(role).replayRefusals.count < link(role).replayed.count:
            change(role) { $0.replayRefusals.append(error) }
        default: break
        }
    }

    /// The fence behind the replayed subscriptions came back: those that the server refused end. It takes them in order
    /// until its limit, so the last ones are missing. One that drains ends anyway, unless somebody waits for the answer.
    mutating func endRefused(on role: LinkRole) {
        let (replayed, refusals) = (link(role).replayed, link(role).replayRefusals)
        guard !replayed.isEmpty else { return }
        change(role) {
            $0.replayed = []
            $0.replayRefusals = []
        }
        for (id, error) in zip(replayed.reversed(), refusals) {
            guard let record = subscriptions[id], !(record.isDraining && record.isConfirmed) else { continue }
            refuse(id, error)
        }
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
