/// The way from `connect` to an open gate; the same for the first connection and all later ones.
extension Session {
    /// Begins to connect. Once; later calls do nothing.
    package mutating func start(now: Timestamp) {
        note(.start)
        guard case .idle = phase else { return }
        guard pool.count > 0 else {
            return end(SessionFailure(.noServers), graceful: false)
        }
        untriedCount = pool.count
        if configuration.reconnect.retryOnFirstConnect, let limit = configuration.reconnect.firstConnectNanoseconds {
            timers.set(.firstConnect, at: now.advanced(byNanoseconds: limit))
        }
        beginAttempt(now: now)
    }

    /// The transport is up: TCP, and what lies between it and NATS (WebSocket, with its TLS).
    package mutating func transportConnected(generation: UInt32, now: Timestamp) {
        note(.transportConnected, generation: generation)
        advanceHandshake(generation: generation, now: now) { $0.transportConnected() }
    }

    /// The transport isn't up yet, and waits for something else than before. Told when the attempt times out.
    package mutating func transportReached(_ step: HandshakeStep, generation: UInt32) {
        advanceHandshake(generation: generation, now: .zero) { handshake in
            handshake.transportReached(step)
            return .none
        }
    }

    /// The TLS that `startTLS` asked for is up.
    package mutating func tlsEstablished(generation: UInt32, now: Timestamp) {
        note(.tlsEstablished, generation: generation)
        advanceHandshake(generation: generation, now: now) { $0.tlsEstablished() }
    }

    /// The answer to `authenticate`: how to authenticate in this attempt.
    package mutating func authenticated(
        _ proof: ConnectParameters.Authentication, generation: UInt32, now: Timestamp
    ) {
        note(.authenticated, generation: generation)
        advanceHandshake(generation: generation, now: now) { $0.authenticated(proof) }
    }

    /// There are no credentials to show: the attempt fails, the session goes on as its policy says.
    package mutating func authenticationFailed(_ message: String, generation: UInt32, now: Timestamp) {
        note(.authenticationFailed, generation: generation)
        advanceHandshake(generation: generation, now: now) { $0.authenticationFailed(message) }
    }

    package mutating func okReceived(generation: UInt32, now: Timestamp) {
        note(.ok, generation: generation)
        advanceHandshake(generation: generation, now: now) { $0.received(.ok) }
    }

    // MARK: - Within the session

    /// Asks for a transport to the server that was chosen, or to the next one of the pool.
    mutating func beginAttempt(now: Timestamp) {
        guard !isClosed else { return }
        guard let address = outsider.take() ?? pool.current?.address ?? pool.advance()?.address else {
            return end(SessionFailure(.noServers), graceful: false)
        }
        untriedCount = max(0, untriedCount - 1)
        link = SessionLink(generation: takeGeneration(), server: address, serverInfo: link.serverInfo)
        phase = .attempting(HandshakeStateMachine(requirements: requirements(for: address)))
        let deadline = now.advanced(byNanoseconds: configuration.connectTimeoutNanoseconds)
        timers.set(.attempt, at: deadline)
        actions.append(.connect(address, generation: generation, deadline: deadline))
    }

    /// Gives an event to the handshake of that link, if there is one, and does what follows.
    mutating func advanceHandshake(
        generation: UInt32, now: Timestamp, _ event: (inout HandshakeStateMachine) -> HandshakeStateMachine.Step
    ) {
        switch role(of: generation) {
        case .present:
            guard case .attempting(var handshake) = phase else { return }
            let step = event(&handshake)
            phase = .attempting(handshake)
            perform(step, on: .present, now: now)
        case .successor:
            guard case .attempting(var handshake) = move else { return }
            let step = event(&handshake)
            move = .attempting(handshake)
            perform(step, on: .successor, now: now)
        case nil: break
        }
    }

    mutating func attemptTimedOut(now: Timestamp) {
        guard let step = phase.handshakeStep else { return }
        fail(.timedOut(step), now: now)
    }

    mutating func firstConnectTimedOut() {
        guard !hasConnected, !isClosed else { return }
        let step = phase.handshakeStep.map { SessionFailure(.timedOut($0), server: currentServer) }
        end(lastFailure ?? step ?? SessionFailure(.noServers), graceful: false)
    }

    private mutating func perform(_ step: HandshakeStateMachine.Step, on role: LinkRole, now: Timestamp) {
        let generation = link(role).generation
        switch step {
        case .none: break
        case .startTLS:
            actions.append(.startTLS(serverName: link(role).server?.tlsServerName ?? "", generation: generation))
        case .authenticate(let nonce):
            actions.append(.authenticate(nonce, generation: generation))
        case .sendConnect(let proof):
            sendConnect(proof: proof, on: role, now: now)
        case .answerPing: answerPing(on: role)
        case .established:
            let monitor = makeLivenessMonitor(now: now)
            change(role) { $0.liveness = monitor }
            learnVerifiableServers(on: role)
            switch role {
            case .present: established(now: now)
            case .successor: successorEstablished(now: now)
            }
        case .fail(let reason): fail(reason, on: role, now: now)
        }
    }

    private mutating func sendConnect(
        proof: ConnectParameters.Authentication?, on role: LinkRole, now: Timestamp
    ) {
        let json: [UInt8]
        do {
            json = try connectParameters(proof: proof, for: link(role)).json()
        } catch {
            return fail(.introduction(error), on: role, now: now)
        }
        var buffer = ByteBuffer()
        FrameEncoder.connect(json: json.span, into: &buffer)
        FrameEncoder.ping(into: &buffer)
        emitUrgent(Self.bytes(of: buffer), fence: .handshake, on: role)
    }

    /// The server took us: replay the subscriptions, then let publishes flow.
    private mutating func established(now: Timestamp) {
        timers.clear(.attempt)
        startLiveness()
        subscriptions.connectionBegan()
        phase = .restoring
        let hasSubscriptions = subscriptions.count > 0
        if hasSubscriptions { replay(subscriptions.living, now: now) }
        actions.append(.openGate(generation: generation))
        if !hasSubscriptions { restored(now: now) }
    }

    /// Sends subscriptions to the present server, and the PING whose PONG confirms them.
    mutating func replay(_ records: [SubscriptionRecord], limitsOf others: [SubscriptionRecord] = [], now: Timestamp) {
        emitUrgent(replayFrames(records, limitsOf: others), fence: .restore)
        let ids = records.map(\.id)
        // Behind those that a successor which took over got first, and hasn't confirmed.
        link.replayed += ids
        subscriptions.awaitRestore(ids)
        timers.set(.attempt, at: now.advanced(byNanoseconds: configuration.connectTimeoutNanoseconds))
    }

    /// Every subscription is on the new connection.
    mutating func restored(now: Timestamp) {
        let hasSettled: Bool
        switch phase {
        case .restoring: hasSettled = false
        case .settling: hasSettled = true
        case .idle, .waiting, .attempting, .connected, .closed: return
        }
        timers.clear(.attempt)
        timers.clear(.firstConnect)
        phase = .connected
        if !hasSettled { connectedAt = now }
        pool.noteSuccess()
        endRefused(on: .present)
        for id in subscriptions.confirmRestored() { actions.append(.subscriptionConfirmed(id)) }
        guard let server = currentServer else { return }
        if let report = unreportedMove.take() {
            actions.append(.report(.moved(report)))
            actions.append(.report(.reconnected(server)))
        } else if !hasSettled {
            actions.append(.report(hasConnected ? .reconnected(server) : .connected(server)))
        }
        hasConnected = true
        setRenewalTimer(now: now)
        resumeMove(now: now)
        if let info = link.serverInfo { noteLameDuck(info, now: now) }
    }

    func requirements(for address: ServerAddress) -> HandshakeStateMachine.Requirements {
        HandshakeStateMachine.Requirements(
            transportIsSecure: address.scheme == .wss,
            transportCanUpgrade: !address.scheme.isWebSocket,
            tlsRequired: configuration.tlsRequired || address.scheme.requiresTLS,
            tlsFirst: configuration.tlsFirst,
            asksForCredentials: configuration.authentication == .provided && !address.hasCredentials)
    }

    private func connectParameters(
        proof: ConnectParameters.Authentication?, for link: SessionLink
    ) throws(ConnectParametersError) -> ConnectParameters {
        var parameters = try ConnectParameters(
            server: link.serverInfo ?? ServerInfo(), version: configuration.version, echo: configuration.echo,
            authentication: authentication(proof: proof, for: link.server))
        parameters.verbose = configuration.verbose
        parameters.pedantic = configuration.pedantic
        parameters.name = configuration.name
        parameters.language = configuration.lang
        parameters.requiresTLS = configuration.tlsRequired || link.server?.scheme.requiresTLS == true
        return parameters
    }

    /// The credentials of the address win over those of the configuration; a user without a password is a token.
    private func authentication(
        proof: ConnectParameters.Authentication?, for server: ServerAddress?
    ) -> ConnectParameters.Authentication {
        if let token = server?.token { return .token(token) }
        if let user = server?.user {
            return server?.password.map { .user(user, password: $0) } ?? .token(user)
        }
        switch configuration.authentication {
        case .none: return .none
        case .token(let token): return .token(token)
        case .userPassword(let user, let password): return .user(user, password: password)
        case .provided: return proof ?? .none
        }
    }
}
