import NATSProtocol

extension OutboundStage {
    /// Registers a call that is about to suspend. `nil`: too many wait already.
    mutating func insertWaiter(_ kind: WaiterKind, subject: String, deadline: Timestamp) -> WaiterID? {
        waiters.insert(kind: kind.rawValue, subject: subject, deadline: deadline, bits: 0)
    }

    /// Gives a registered call its continuation. Not `nil`: it has been completed already, and resumes at once.
    mutating func suspendWaiter(_ id: WaiterID, bits: UInt) -> Completion? {
        if waiters.setBits(id, bits) { return nil }
        return earlyCompletions.removeValue(forKey: id) ?? .failed(CancellationError())
    }

    /// Ends a waiting call. The waiter to resume after unlocking, or `nil` when it has ended before, or hasn't
    /// suspended yet (then it finds the completion when it does).
    mutating func complete(_ id: WaiterID, _ completion: Completion) -> Waiter? {
        guard let waiter = waiters.remove(id) else { return nil }
        return keepingEarly(waiter, completion)
    }

    mutating func keepingEarly(_ waiter: Waiter, _ completion: Completion) -> Waiter? {
        guard waiter.bits == 0, waiter.waiterKind != .timeout else { return waiter }
        earlyCompletions[waiter.id] = completion
        return nil
    }

    /// A request that may be the addressee of a reply whose subject was rewritten on its way: the only one.
    mutating func onlyRequest() -> WaiterID? {
        var found: WaiterID?
        var count = 0
        waiters.forEach { waiter in
            if waiter.waiterKind == .request {
                found = waiter.id
                count += 1
            }
        }
        return count == 1 ? found : nil
    }
}
