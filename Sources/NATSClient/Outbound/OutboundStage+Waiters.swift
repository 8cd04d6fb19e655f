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
        if case .failed = completion { forgetQueuedWaiter(waiter) }
        return keepingEarly(waiter, completion)
    }

    mutating func keepingEarly(_ waiter: Waiter, _ completion: Completion) -> Waiter? {
        guard waiter.bits == 0, !waiter.waiterKind.runsAction else { return waiter }
        earlyCompletions[waiter.id] = completion
        return nil
    }

    /// Whether who paces itself should wait: three quarters of the limit are used. The last quarter is for the message
    /// that follows, so that it isn't refused. Never while publishes are refused for another reason, which they tell.
    var isNearlyFull: Bool { acceptance == .open && pendingBytes > limitBytes / 4 * 3 }

    /// Everybody who waits for room, if there is much of it, or if waiting is of no use. Much is half of the limit: a
    /// fast publisher is then woken for many messages at once, and the kernel still has the other half to work on.
    mutating func takeRoomWaitersIfThereIsRoom() -> [WaiterID] {
        guard pendingBytes <= limitBytes / 2 || acceptance != .open else { return [] }
        return roomWaiters.popAll()
    }

    /// Forgets a call that ended before its turn came, so that calls that time out leave nothing behind.
    mutating func forgetQueuedWaiter(_ waiter: Waiter) {
        switch waiter.waiterKind {
        case .flush: flushWaiters.noteDead(in: waiters)
        case .room: roomWaiters.noteDead(in: waiters)
        case .request, .subscribe, .drainSubscription, .drain, .close, .connect, .publisher, .pause, .timeout, .timer: break
        }
    }

    /// Takes a request out by the token of its reply. A token that somebody made up can't end another kind of call.
    mutating func removeRequest(_ id: WaiterID) -> Waiter? {
        waiters.kind(of: id) == WaiterKind.request.rawValue ? waiters.remove(id) : nil
    }

    /// Takes the waiting request out, if there is exactly one.
    mutating func removeOnlyRequest() -> Waiter? {
        var count = 0
        _ = waiters.popFirst { waiter in
            if waiter.waiterKind == .request { count += 1 }
            return false
        }
        return count == 1 ? waiters.popFirst { $0.waiterKind == .request } : nil
    }
}
