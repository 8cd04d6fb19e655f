/// What follows when an attempt fails or a connection is lost.
extension Session {
    /// The transport couldn't be opened, or it ended. Once per generation counts; old generations don't.
    package mutating func transportFailed(generation: UInt32, _ failure: TransportFailure, now: Timestamp) {
        note(.transportFailed, generation: generation)
        transportIsGone(generation: generation, failure, now: now)
    }

    private mutating func transportIsGone(generation: UInt32, _ failure: TransportFailure, now: Timestamp) {
        guard let role = role(of: generation) else { return }
        // What the server said before it closed the connection tells more than the end itself.
        if let closingError = link(role).closingError {
            fail(.server(closingError), on: role, now: now)
        } else {
            fail(.transport(failure), on: role, now: now)
        }
    }

    /// The transport is torn down. Nothing waits for that; a transport that went without `transportFailed` counts as
    /// failed.
    package mutating func transportClosed(generation: UInt32, now: Timestamp) {
        note(.transportClosed, generation: generation)
        transportIsGone(generation: generation, TransportFailure(.endOfStream), now: now)
    }

    /// The peer's bytes aren't NATS: this connection is of no use any more.
    package mutating func protocolViolated(_ error: ProtocolError, generation: UInt32, now: Timestamp) {
        note(.violation, generation: generation)
        guard let role = role(of: generation) else { return }
        fail(.protocolViolation(error), on: role, now: now)
    }

    /// A new connection: at once, without jitter, since the user asked for it. The present one goes on until the new one
    /// is there (see `MovePhase`), unless the attempt fails: then it is left for the next server. Ends a pause between
    /// attempts.
    package mutating func reconnect(now: Timestamp) {
        note(.reconnect)
        guard windDown.isRunning else { return }
        switch phase.kind {
        case .idle, .attempting, .settling, .closed: break
        case .waiting:
            timers.clear(.backoff)
            beginAttempt(now: now)
        case .restoring: leaveForNext(now: now)
        case .connected: requestMove(.requested, now: now)
        }
    }

    /// Replaces the user's servers; those that stay keep their history. A present connection stays; a pause between
    /// attempts ends if the list is another one. An empty list is ignored.
    package mutating func setServers(_ servers: [ServerAddress], now: Timestamp) {
        note(.setServers)
        guard !servers.isEmpty, !isClosed, windDown.isRunning else { return }
        let hasChanged = pool.replace(servers, random: &random)
        untriedCount = min(untriedCount, pool.count)
        // The pause has chosen its server already: that one, if it is still there.
        if hasChanged, case .waiting = phase.kind { beginNow(with: pool.current ?? pool.advance(), now: now) }
        if link.isLameDuck { requestMove(.lameDuck, now: now) }
    }

    /// The answer to `chooseServer`. Nil leaves what was proposed; a server that isn't in the pool may be chosen. An
    /// answer that comes too late is ignored.
    package mutating func serverChosen(
        number: UInt32, server: ServerAddress?, delayNanoseconds: UInt64?, now: Timestamp
    ) {
        note(.serverChosen)
        guard number == choiceNumber, !isClosed else { return }
        let timer: SessionTimer
        if case .waiting = phase {
            timer = .backoff
            if let server {
                pool.choose(server)
                outsider = pool.current == nil ? server : nil
            }
        } else if case .waiting = move {
            timer = .move
            if let server {
                let isKnown = pool.index(of: server.hostPort) != nil
                pool.nomineeKey = isKnown ? server.hostPort : nil
                outsider = isKnown ? nil : server
            }
        } else {
            return
        }
        if let delayNanoseconds { timers.set(timer, at: now.advanced(byNanoseconds: delayNanoseconds)) }
    }

    // MARK: - Within the session

    mutating func fail(_ reason: SessionFailure.Reason, on role: LinkRole, now: Timestamp) {
        switch role {
        case .present: fail(reason, now: now)
        case .successor: failSuccessor(reason, now: now)
        }
    }

    /// The present attempt or connection is over.
    mutating func fail(_ reason: SessionFailure.Reason, now: Timestamp) {
        let failure = SessionFailure(reason, server: currentServer)
        switch phase.kind {
        case .idle, .waiting, .closed: break
        case .attempting, .restoring:
            leaveLink(failure, graceful: false, now: now)
            guard continueAfterLoss(failure) else { return }
            attemptFailed(failure, now: now)
        case .settling, .connected:
            leaveLink(failure, graceful: false, now: now)
            if closesOnSuccessor(now: now) { return }
            guard continueAfterLoss(failure) else { return }
            guard configuration.reconnect.isEnabled else { return end(failure, graceful: false) }
            lastFailure = failure
            if !continueWithSuccessor(now: now) { scheduleAttempt(now: now) }
        }
    }

    /// Leaves the connection behind: gate, transport, timers, fences. Subscriptions that were draining are over.
    mutating func leaveLink(_ failure: SessionFailure, graceful: Bool, now: Timestamp) {
        let kind = phase.kind
        switch kind {
        case .idle, .waiting, .closed: return
        case .attempting: break
        case .restoring, .settling, .connected: actions.append(.closeGate(failure))
        }
        actions.append(.disconnect(generation: generation, graceful: graceful))
        if kind == .connected || kind == .settling {
            actions.append(.report(.disconnected(failure)))
            let held = now.nanoseconds(since: connectedAt)
            if held >= configuration.reconnect.capDelayNanoseconds { pool.noteLostAfterHolding() }
        }
        phase = .waiting
        for timer in [.attempt, .liveness, .serverClose, .handover, .renewal] as [SessionTimer] { timers.clear(timer) }
        unreportedMove = nil
        link.liveness = nil
        link.ledger = PingLedger(generation: nil)
        link.closingError = nil
        link.replayed = []
        link.replayRefusals = []
        link.isLameDuck = false
        endDrainingSubscriptions()
        subscriptions.connectionLost()
    }

    /// Goes on with the next server at once.
    mutating func leaveForNext(now: Timestamp) {
        leaveLink(SessionFailure(.reconnectRequested, server: currentServer), graceful: true, now: now)
        beginNow(with: pool.advance(), now: now)
    }

    /// A close in the middle of a handover: the successor gets the publishes that were held back, and confirms them.
    private mutating func closesOnSuccessor(now: Timestamp) -> Bool {
        guard windDown.isClosing, case .leaving = move, continueWithSuccessor(now: now) else { return false }
        actions.append(.sendOrdered([], fence: .drainPublishes))
        return true
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
        lastFailure = failure
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
        guard let server = pool.advance()?.address else { return end(SessionFailure(.noServers), graceful: false) }
        let (step, slow) = pool.takeBackoffStep()
        let delay = configuration.reconnect.delayNanoseconds(step: step, slow: slow, random: &random)
        phase = .waiting
        timers.set(.backoff, at: now.advanced(byNanoseconds: delay))
        askForChoice(of: server, delayNanoseconds: delay, move: nil)
    }

    /// Goes on without a pause, once somebody who wants to choose has been asked.
    private mutating func beginNow(with proposal: ServerPool.Entry?, now: Timestamp) {
        timers.clear(.backoff)
        outsider = nil
        guard configuration.choosesServers, let server = proposal?.address else { return beginAttempt(now: now) }
        timers.set(.backoff, at: now)
        askForChoice(of: server, delayNanoseconds: 0, move: nil)
    }

    mutating func askForChoice(of server: ServerAddress, delayNanoseconds: UInt64, move: MoveCause?) {
        outsider = nil
        guard configuration.choosesServers else { return }
        choiceNumber &+= 1
        actions.append(
            .chooseServer(
                ServerChoiceRequest(
                    number: choiceNumber, candidates: candidates, lastServer: currentServer, failure: lastFailure,
                    move: move, proposedServer: server, proposedDelayNanoseconds: delayNanoseconds)))
    }
}
