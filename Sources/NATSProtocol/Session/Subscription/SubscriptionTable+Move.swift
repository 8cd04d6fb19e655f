/// Subscriptions during a move: which link has which.
///
/// What delivers each message to one receiver of several, or each reply to one request, may exist on both links for a
/// while: queue groups and the request inbox. Everything else is on one link at a time, so that nothing comes twice.
extension SubscriptionTable {
    /// Puts everything that may exist twice on the successor, too. A remaining count isn't shared by two servers, so
    /// a subscription with a limit stays where it is.
    mutating func takeForSuccessor() -> [SubscriptionRecord] {
        var taken: [SubscriptionRecord] = []
        for record in living
        where (record.queueGroup != nil || record.isRequestInbox) && !record.isDraining && remaining(record.id) == nil {
            change(record.id) { $0.homes.insert(.successor) }
            taken.append(record)
        }
        return taken
    }

    /// Counts a message that came from the successor.
    mutating func countOnSuccessor(sid: UInt64) {
        change(SubscriptionID(rawValue: sid)) { $0.receivedOnSuccessor &+= 1 }
    }

    /// The maximum as the successor's server counts; nil without a limit.
    func successorMaximum(_ id: SubscriptionID) -> UInt64? {
        guard let record = self[id], let remaining = remaining(id) else { return nil }
        return record.receivedOnSuccessor &+ remaining
    }

    /// The server of `role` sends nothing more for the subscription. True: nobody does.
    mutating func leave(_ id: SubscriptionID, _ role: LinkRole) -> Bool {
        change(id) { $0.homes.remove(SubscriptionHomes(role)) }
        return self[id]?.homes.isEmpty ?? false
    }

    /// The server of `role` sends nothing more at all. Returns the draining subscriptions that nobody sends for now.
    mutating func leaveAll(_ role: LinkRole) -> [SubscriptionID] {
        var finished: [SubscriptionID] = []
        for record in living where leave(record.id, role) && record.isDraining { finished.append(record.id) }
        return finished
    }

    /// The successor is gone: what it has delivered counts as delivered before it.
    mutating func successorLost() {
        for record in living {
            change(record.id) {
                $0.receivedBeforeConnection &+= record.receivedOnSuccessor
                $0.receivedOnSuccessor = 0
                $0.homes.remove(.successor)
            }
        }
    }

    /// Fences that were staged for the present link never go out: what is replayed next confirms their subscriptions.
    mutating func fencesDropped() {
        for record in living where record.confirmation == .awaitingFence {
            change(record.id) { $0.confirmation = .awaitingRestore(asked: true) }
        }
    }

    /// The successor is the present link now. Returns what its server doesn't have yet.
    mutating func successorTookOver() -> [SubscriptionRecord] {
        setReachable()
        var missing: [SubscriptionRecord] = []
        for record in living {
            let isThere = record.homes.contains(.successor)
            let before = received(record.id) &- (isThere ? record.receivedOnSuccessor : 0)
            change(record.id) {
                $0.receivedBeforeConnection = before
                $0.receivedOnSuccessor = 0
                $0.sharesLimit = false
                $0.homes = .present
            }
            if !isThere, !record.isDraining { missing.append(record) }
        }
        return missing
    }
}
