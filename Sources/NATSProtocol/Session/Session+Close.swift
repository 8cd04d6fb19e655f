/// The end, orderly or at once. All of it idempotent; afterwards every input is ignored.
extension Session {
    /// Takes nothing new, waits a bounded time for the server to confirm the last publishes, then ends.
    package mutating func close(now: Timestamp) {
        note(.close)
        guard !isClosed else { return }
        // A move that holds the gate goes on: the last publishes go wherever it opens.
        abandonMove()
        defer { limitHandover(now: now) }
        let canFlush = isReady && configuration.closeFlushNanoseconds > 0
        switch windDown.close(canFlush: canFlush) {
        case .joined: break
        case .fencePublishes(let phase):
            interruptDrain(phase)
            limitWindDown(now: now)
            actions.append(.sendOrdered([], fence: .drainPublishes))
        case .awaitFence(let phase):
            interruptDrain(phase)
            limitWindDown(now: now)
        case .finish(let phase):
            end(nil, graceful: true, drain: phase.map { .interrupted($0) })
        }
    }

    /// Ends at once; what isn't on its way is lost.
    package mutating func abort(now: Timestamp) {
        note(.abort)
        guard !isClosed else { return }
        end(nil, graceful: false, drain: windDown.drainPhase.map { .interrupted($0) })
    }

    // MARK: - Within the session

    /// The one way into `closed`.
    mutating func end(
        _ failure: SessionFailure?, graceful: Bool, drain: DrainResult? = nil,
        subscriptionEnd: SubscriptionEnd = .connectionClosed
    ) {
        guard !isClosed else { return }
        let cause = failure ?? SessionFailure(.closedByUser, server: currentServer)
        dismissSuccessor(graceful: graceful)
        move = .resting
        leaveLink(cause, graceful: graceful, now: connectedAt)
        for record in subscriptions.living { endSubscription(record.id, subscriptionEnd) }
        if let drain { actions.append(.drained(drain)) }
        windDown.finish()
        timers.clearAll()
        phase = .closed
        actions.append(.closed(failure))
    }

    private mutating func interruptDrain(_ phase: DrainPhase?) {
        if let phase { actions.append(.drained(.interrupted(phase))) }
    }

    /// A server that is left and doesn't answer gets half of the time; the other half is for its successor to confirm the
    /// publishes that were held back.
    private mutating func limitHandover(now: Timestamp) {
        guard case .leaving = move, let end = timers[.windDown], let handover = timers[.handover] else { return }
        timers.set(.handover, at: min(handover, now.advanced(byNanoseconds: end.nanoseconds(since: now) / 2)))
    }

    /// The earlier of the close's deadline and that of a drain under way.
    private mutating func limitWindDown(now: Timestamp) {
        let deadline = now.advanced(byNanoseconds: configuration.closeFlushNanoseconds)
        if let drainDeadline = timers[.windDown], drainDeadline < deadline { return }
        timers.set(.windDown, at: deadline)
    }
}
