/// From one connection to the next without an outage: no message twice, nothing lost that was fenced.
///
/// 1. `prepared`: the successor has what may exist twice. The gate is held, and the present server is told to send
///    nothing more.
/// 2. `handOver`: its PONG proves that it has every publish, and that we have every message. The successor is the present
///    link from now on: it gets the rest of the subscriptions, then the gate opens.
extension Session {
    /// The successor's server took us.
    mutating func successorEstablished(now: Timestamp) {
        timers.set(.successor, at: now.advanced(byNanoseconds: configuration.connectTimeoutNanoseconds))
        move = .preparing
        let records = subscriptions.takeForSuccessor()
        if records.isEmpty { return leavePresentLink(now: now) }
        emitUrgent(replayFrames(records), fence: .prepare, on: .successor)
        successor.replayed = records.map(\.id)
    }

    /// The successor's server has what it got first.
    mutating func prepared(now: Timestamp) {
        guard case .preparing = move else { return }
        endRefused(on: .successor)
        // In a cluster, this server knows of the subscriptions; the others learn it from this one. Until they have, they
        // would send nothing here, and the one that we leave nothing any more.
        guard successor.serverInfo?.cluster != nil, configuration.moveOverlapNanoseconds > 0 else {
            return leavePresentLink(now: now)
        }
        timers.clear(.successor)
        timers.set(.move, at: now.advanced(byNanoseconds: configuration.moveOverlapNanoseconds))
    }

    /// Ends the present link in order: the batch under way, UNSUBs, and a PING.
    mutating func leavePresentLink(now: Timestamp) {
        guard case .preparing = move else { return }
        move = .leaving
        for timer in [.successor, .move, .renewal] as [SessionTimer] { timers.clear(timer) }
        // Whoever asks for another connection may do so because this one is stuck.
        let patience = configuration.connectTimeoutNanoseconds
        let limit = moveCause == .requested ? min(patience, configuration.requestedHandoverNanoseconds) : patience
        timers.set(.handover, at: now.advanced(byNanoseconds: limit))
        actions.append(.holdGate(generation: generation))
        let ids = subscriptions.living.map(\.id)
        emitUrgent(
            Self.encode { buffer in
                for id in ids { FrameEncoder.unsubscribe(sid: id.rawValue, maximum: nil, into: &buffer) }
                FrameEncoder.ping(into: &buffer)
            }, fence: .leave)
    }

    /// The server that is left has everything, and sends nothing more.
    mutating func handOver(now: Timestamp) {
        guard move.holdsGate else { return }
        timers.clear(.handover)
        for id in subscriptions.leaveAll(.present) { endSubscription(id, .drained) }
        if case .leaving = move { switchToSuccessor(now: now) } else { comeBack(now: now) }
    }

    private mutating func switchToSuccessor(now: Timestamp) {
        let left = link
        promoteSuccessor()
        for timer in [.attempt, .serverClose, .renewal] as [SessionTimer] { timers.clear(timer) }
        connectedAt = now
        phase = .settling
        if let from = left.server, let to = link.server {
            unreportedMove = MoveReport(from: from, to: to, cause: moveCause)
        }
        let isReplaying = replayOnSuccessor(now: now, always: false)
        actions.append(.openGate(generation: generation))
        actions.append(.disconnect(generation: left.generation, graceful: true))
        if !isReplaying { restored(now: now) }
    }

    /// The successor was lost when the present server had been told to forget us. It gets everything again.
    private mutating func comeBack(now: Timestamp) {
        move = .resting
        phase = .settling
        subscriptions.fencesDropped()
        subscriptions.connectionBegan()
        let records = subscriptions.living.filter { !$0.isDraining }
        if !records.isEmpty { replay(records, now: now) }
        actions.append(.openGate(generation: generation))
        pauseAfterFailedMove(now: now)
        if records.isEmpty { restored(now: now) }
    }

    /// The present link was lost. True: a successor takes its place, with the progress that it has made.
    mutating func continueWithSuccessor(now: Timestamp) -> Bool {
        switch move {
        case .resting: return false
        case .waiting, .returning:
            move = .resting
            timers.clear(.move)
            pool.nomineeKey = nil
            return false
        case .attempting(let handshake):
            let deadline = timers[.successor]
            promoteSuccessor()
            phase = .attempting(handshake)
            if let deadline { timers.set(.attempt, at: deadline) }
            return true
        case .preparing, .leaving:
            promoteSuccessor()
            phase = .restoring
            _ = replayOnSuccessor(now: now, always: true)
            actions.append(.openGate(generation: generation))
            return true
        }
    }

    /// The successor's link is the present one from now on.
    private mutating func promoteSuccessor() {
        link = successor
        successor = SessionLink()
        move = .resting
        for timer in [.move, .successor, .handover] as [SessionTimer] { timers.clear(timer) }
        pool.promoteNominee()
        startLiveness()
    }

    /// Sends what the successor doesn't have yet; limits again, since only now it is known what remains. False: there is
    /// nothing to wait for.
    private mutating func replayOnSuccessor(now: Timestamp, always: Bool) -> Bool {
        subscriptions.fencesDropped()
        let missing = subscriptions.successorTookOver()
        let limited = subscriptions.living.filter { record in
            !record.isDraining && !missing.contains { $0.id == record.id } && subscriptions.remaining(record.id) != nil
        }
        guard always || !missing.isEmpty || !limited.isEmpty else { return false }
        replay(missing, limitsOf: limited, now: now)
        return true
    }
}
