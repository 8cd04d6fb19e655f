/// Reaching another server while the present connection goes on. What follows once it took us: `Session+Handover`.
extension Session {
    /// How long the credentials of a link live; the driver says so before it answers `authenticate`. At `renewal` the
    /// session moves to a connection with fresh ones, so that the server never has to end one.
    package mutating func credentialsExpire(_ expiry: CredentialsExpiry, generation: UInt32, now: Timestamp) {
        note(.expires, generation: generation)
        guard let role = role(of: generation), !isClosed else { return }
        if role == .successor, moveCause == .credentialsExpire, let present = link.expiry,
            expiry.claimedSeconds <= present.claimedSeconds
        {
            // Nobody has provided fresh ones yet: another connection would help nobody.
            abandonMove()
            return setRenewalTimer(now: now)
        }
        change(role) { $0.expiry = expiry }
        if role == .present, case .connected = phase { setRenewalTimer(now: now) }
    }

    // MARK: - Within the session

    mutating func requestMove(_ cause: MoveCause, now: Timestamp) {
        guard case .connected = phase, windDown.isRunning, isAllowed(cause) else { return }
        switch move.kind {
        case .resting:
            moveCause = cause
            pauseBeforeMove(delayNanoseconds: jitter(for: cause, now: now), now: now)
        case .waiting where cause == .requested:
            moveCause = cause
            pauseBeforeMove(delayNanoseconds: 0, now: now)
        case .waiting where moveCause == .credentialsExpire:
            moveCause = cause
        case .attempting, .preparing, .leaving, .returning:
            // The user wants a new connection even if this attempt fails.
            if cause == .requested { moveCause = cause }
        case .waiting: break
        }
    }

    private func isAllowed(_ cause: MoveCause) -> Bool {
        switch cause {
        case .lameDuck: configuration.movesOnLameDuck && configuration.reconnect.isEnabled
        case .credentialsExpire: configuration.renewsCredentials && configuration.reconnect.isEnabled
        case .requested: true
        }
    }

    /// Full jitter over the window, except for the one who waits; a renewal doesn't use up the time that it has.
    private mutating func jitter(for cause: MoveCause, now: Timestamp) -> UInt64 {
        let window: UInt64 =
            switch cause {
            case .requested: 0
            case .lameDuck: configuration.moveJitterNanoseconds
            case .credentialsExpire:
                min(configuration.moveJitterNanoseconds, (link.expiry?.end.nanoseconds(since: now) ?? 0) / 4)
            }
        return window == 0 ? 0 : random.next(below: window == .max ? .max : window &+ 1)
    }

    /// Chooses a server and waits. Nothing happens if there is none; then the connection ends when the server ends it.
    private mutating func pauseBeforeMove(delayNanoseconds: UInt64, now: Timestamp) {
        guard let server = pool.nominate(for: moveCause)?.address else { return move = .resting }
        move = .waiting
        timers.set(.move, at: now.advanced(byNanoseconds: delayNanoseconds))
        askForChoice(of: server, delayNanoseconds: delayNanoseconds, move: moveCause)
        if delayNanoseconds == 0, !configuration.choosesServers { moveIsDue(now: now) }
    }

    mutating func moveIsDue(now: Timestamp) {
        if case .preparing = move { return leavePresentLink(now: now) }
        // Goes on in `restored` if the present link isn't confirmed yet.
        guard case .waiting = move, case .connected = phase else { return }
        timers.clear(.move)
        var address = outsider.take() ?? pool.nomineeIndex.map { pool.entries[$0].address }
        // The pool has changed during the pause.
        if address == nil { address = pool.nominate(for: moveCause)?.address }
        guard let address else { return move = .resting }
        successor = SessionLink(generation: takeGeneration(), server: address)
        move = .attempting(HandshakeStateMachine(requirements: requirements(for: address)))
        let deadline = now.advanced(byNanoseconds: configuration.connectTimeoutNanoseconds)
        timers.set(.successor, at: deadline)
        actions.append(.connect(address, generation: successor.generation, deadline: deadline))
    }

    /// The present link is confirmed: a move that waited for that goes on.
    mutating func resumeMove(now: Timestamp) {
        if timers[.move] == nil { moveIsDue(now: now) }
    }

    mutating func cancelPausedMove(for cause: MoveCause) {
        guard case .waiting = move, moveCause == cause else { return }
        abandonMove()
    }

    mutating func successorTimedOut(now: Timestamp) {
        guard let step = move.handshakeStep else { return }
        failSuccessor(.timedOut(step), now: now)
    }

    /// The successor is lost, and with it this attempt to move.
    mutating func failSuccessor(_ reason: SessionFailure.Reason, now: Timestamp) {
        let failure = SessionFailure(reason, server: successor.server)
        let heldGate = move.holdsGate
        dismissSuccessor(graceful: false)
        lastFailure = failure
        actions.append(.report(.attemptFailed(failure)))
        pool.nomineeFailed(
            isAuthentication: failure.isAuthentication, maximumAttempts: configuration.reconnect.maximumAttempts)
        if moveCause == .requested, windDown.isRunning {
            // Whoever asks for another connection doesn't trust this one.
            move = .resting
            return leaveForNext(now: now)
        }
        if heldGate {
            move = .returning
        } else {
            pauseAfterFailedMove(now: now)
        }
    }

    /// The next attempt to move, after the same back-off as any other.
    mutating func pauseAfterFailedMove(now: Timestamp) {
        guard windDown.isRunning, pool.nominate(for: moveCause) != nil else { return move = .resting }
        let (step, slow) = pool.takeBackoffStep(at: pool.nomineeIndex)
        let delay = configuration.reconnect.delayNanoseconds(step: step, slow: slow, random: &random)
        // Not at once: this must end, also for a policy without delays.
        pauseBeforeMove(delayNanoseconds: max(delay, 1), now: now)
    }

    /// The move isn't wanted any more. Not while it holds the gate.
    mutating func abandonMove() {
        switch move.kind {
        case .resting, .leaving, .returning: return
        case .waiting: break
        case .attempting, .preparing: dismissSuccessor(graceful: true)
        }
        move = .resting
        timers.clear(.move)
        pool.nomineeKey = nil
    }

    /// Leaves the successor behind. What it has sent and we haven't got is lost, so that subscriptions which drain on
    /// it aren't drained.
    mutating func dismissSuccessor(graceful: Bool) {
        guard successor.generation != 0 else { return }
        actions.append(.disconnect(generation: successor.generation, graceful: graceful))
        successor = SessionLink()
        timers.clear(.successor)
        timers.clear(.move)
        for record in subscriptions.living where record.isDraining && record.homes.contains(.successor) {
            endSubscription(record.id, .connectionClosed)
        }
        subscriptions.successorLost()
    }

    // MARK: - Credentials

    mutating func setRenewalTimer(now: Timestamp) {
        timers.clear(.renewal)
        guard configuration.renewsCredentials, let expiry = link.expiry, expiry.end > now else { return }
        // Too late for the time that the credentials name: they live shortly, or nobody has replaced them yet.
        let halfway = now.advanced(byNanoseconds: max(expiry.end.nanoseconds(since: now) / 2, 1_000_000_000))
        let renewal = expiry.renewal > now ? expiry.renewal : halfway
        // From there on it is the server's turn: it says "expired", and what follows is a reconnect.
        if renewal < expiry.end { timers.set(.renewal, at: renewal) }
    }

    mutating func renewalIsDue(now: Timestamp) {
        requestMove(.credentialsExpire, now: now)
        // For the case that nothing comes of it.
        setRenewalTimer(now: now)
    }
}
