/// What follows when an attempt fails or a connection is lost.
extension Session {
    /// The transport couldn't be opened, or it ended. Once per generation counts; old generations don't.
    package mutating func transportFailed(generation: UInt32, _ failure: TransportFailure, now: Timestamp) {
        guard generation == self.generation else { return }
        // What the server said before it closed the connection tells more than the end itself.
        if let closingError {
            fail(.server(closingError), now: now)
        } else {
            fail(.transport(failure), now: now)
        }
    }

    /// The transport is torn down. Nothing waits for that; a transport that went without `transportFailed` counts as
    /// failed.
    package mutating func transportClosed(generation: UInt32, now: Timestamp) {
        transportFailed(generation: generation, TransportFailure(.endOfStream), now: now)
    }

    /// The peer's bytes aren't NATS: this connection is of no use any more.
    package mutating func protocolViolated(_ error: ProtocolError, generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        fail(.protocolViolation(error), now: now)
    }

    /// Leaves the present connection for the next server, or ends a pause between attempts. At once, without jitter:
    /// the user asked for it.
    package mutating func reconnect(now: Timestamp) {
        guard windDown.isRunning else { return }
        switch phase.kind {
        case .idle, .attempting, .closed: break
        case .waiting: wake(now: now)
        case .restoring, .connected:
            leaveLink(SessionFailure(.reconnectRequested, server: currentServer), graceful: true, now: now)
            wake(now: now)
        }
    }

    /// Replaces the user's servers; those that stay keep their history. A present connection stays; a pause between
    /// attempts ends. An empty list is ignored.
    package mutating func setServers(_ servers: [ServerAddress], now: Timestamp) {
        guard !servers.isEmpty, !isClosed, windDown.isRunning else { return }
        pool.replace(servers, random: &random)
        untriedCount = min(untriedCount, pool.count)
        if case .waiting = phase.kind { wake(now: now) }
    }

    // MARK: - Within the session

    /// The present attempt or connection is over.
    mutating func fail(_ reason: SessionFailure.Reason, now: Timestamp) {
        let failure = SessionFailure(reason, server: currentServer)
        switch phase.kind {
        case .idle, .waiting, .closed: break
        case .attempting, .restoring:
            leaveLink(failure, graceful: false, now: now)
            guard continueAfterLoss(failure) else { return }
            attemptFailed(failure, now: now)
        case .connected:
            leaveLink(failure, graceful: false, now: now)
            guard continueAfterLoss(failure) else { return }
            guard configuration.reconnect.isEnabled else { return end(failure, graceful: false) }
            scheduleAttempt(now: now)
        }
    }

    /// Leaves the connection behind: gate, transport, timers, fences. Subscriptions that were draining are over.
    mutating func leaveLink(_ failure: SessionFailure, graceful: Bool, now: Timestamp) {
        let kind = phase.kind
        switch kind {
        case .idle, .waiting, .closed: return
        case .attempting: break
        case .restoring, .connected: actions.append(.closeGate(failure))
        }
        actions.append(.disconnect(generation: generation, graceful: graceful))
        if kind == .connected {
            actions.append(.report(.disconnected(failure)))
            let held = now.nanoseconds(since: connectedAt)
            if held >= configuration.reconnect.capDelayNanoseconds { pool.noteLostAfterHolding() }
        }
        phase = .waiting
        timers.clear(.attempt)
        timers.clear(.liveness)
        timers.clear(.serverClose)
        liveness = nil
        ledger = PingLedger(generation: nil)
        closingError = nil
        restoreRefusals = []
        endDrainingSubscriptions()
        subscriptions.connectionLost()
    }

    /// Whether the session goes on after the loss of a connection; while winding down it ends.
    private mutating func continueAfterLoss(_ failure: SessionFailure) -> Bool {
        if windDown.isRunning { return true }
        if let phase = windDown.drainPhase {
            end(failure, graceful: false, drain: .connectionLost(phase))
        } else {
            end(nil, graceful: false)
        }
        return false
    }

    private mutating func attemptFailed(_ failure: SessionFailure, now: Timestamp) {
        let policy = configuration.reconnect
        actions.append(.report(.attemptFailed(failure)))
        let entry = pool.noteFailure(
            isAuthentication: failure.isAuthentication, maximumAttempts: policy.maximumAttempts)
        if !hasConnected {
            if failure.isConfiguration { return end(failure, graceful: false) }
            if untriedCount > 0, pool.advance() != nil { return beginAttempt(now: now) }
            if !policy.retryOnFirstConnect { return end(failure, graceful: false) }
        } else if !policy.isEnabled {
            return end(failure, graceful: false)
        }
        if policy.giveUpOnRepeatedAuthenticationFailure, let entry, entry.authenticationFailures >= 2 {
            return end(failure, graceful: false)
        }
        guard pool.count > 0 else { return end(failure, graceful: false) }
        scheduleAttempt(now: now)
    }

    /// Chooses the next server and pauses, each time by chance.
    private mutating func scheduleAttempt(now: Timestamp) {
        guard pool.advance() != nil else { return end(SessionFailure(.noServers), graceful: false) }
        let (step, slow) = pool.takeBackoffStep()
        let delay = configuration.reconnect.delayNanoseconds(step: step, slow: slow, random: &random)
        phase = .waiting
        timers.set(.backoff, at: now.advanced(byNanoseconds: delay))
    }

    /// Goes on with the next server at once.
    private mutating func wake(now: Timestamp) {
        timers.clear(.backoff)
        _ = pool.advance()
        beginAttempt(now: now)
    }
}
