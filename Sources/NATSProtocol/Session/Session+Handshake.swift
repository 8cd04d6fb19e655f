/// The way from `connect` to an open gate; the same for the first connection and all later ones.
extension Session {
    /// Begins to connect. Once; later calls do nothing.
    package mutating func start(now: Timestamp) {
        guard case .idle = phase else { return }
        guard pool.count > 0 else {
            return end(SessionFailure(.noServers), graceful: false)
        }
        untriedCount = pool.count
        beginAttempt(now: now)
    }

    /// The transport is up: TCP, and what lies between it and NATS (WebSocket, with its TLS).
    package mutating func transportConnected(generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        advanceHandshake(now: now) { $0.transportConnected() }
    }

    /// The transport isn't up yet, and waits for something else than before. Told when the attempt times out.
    package mutating func transportReached(_ step: HandshakeStep, generation: UInt32) {
        guard generation == self.generation, case .attempting(var handshake) = phase else { return }
        handshake.transportReached(step)
        phase = .attempting(handshake)
    }

    /// The TLS that `startTLS` asked for is up.
    package mutating func tlsEstablished(generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        advanceHandshake(now: now) { $0.tlsEstablished() }
    }

    /// The answer to `authenticate`: how to authenticate in this attempt.
    package mutating func authenticated(
        _ proof: ConnectParameters.Authentication, generation: UInt32, now: Timestamp
    ) {
        guard generation == self.generation else { return }
        advanceHandshake(now: now) { $0.authenticated(proof) }
    }

    /// There are no credentials to show: the attempt fails, the session goes on as its policy says.
    package mutating func authenticationFailed(_ message: String, generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        advanceHandshake(now: now) { $0.authenticationFailed(message) }
    }

    package mutating func okReceived(generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        advanceHandshake(now: now) { $0.received(.ok) }
    }

    // MARK: - Within the session

    /// Asks for a transport to the next server of the pool.
    mutating func beginAttempt(now: Timestamp) {
        guard !isClosed else { return }
        guard let entry = pool.current ?? pool.advance() else {
            return end(SessionFailure(.noServers), graceful: false)
        }
        let address = entry.address
        generation &+= 1
        untriedCount = max(0, untriedCount - 1)
        currentServer = address
        closingError = nil
        isLameDuck = false
        ledger = PingLedger(generation: generation)
        phase = .attempting(HandshakeStateMachine(requirements: requirements(for: address)))
        let deadline = now.advanced(byNanoseconds: configuration.connectTimeoutNanoseconds)
        timers.set(.attempt, at: deadline)
        actions.append(.connect(address, generation: generation, deadline: deadline))
    }

    /// Gives an event to the handshake, if there is one, and does what follows.
    mutating func advanceHandshake(
        now: Timestamp, _ event: (inout HandshakeStateMachine) -> HandshakeStateMachine.Step
    ) {
        guard case .attempting(var handshake) = phase else { return }
        let step = event(&handshake)
        phase = .attempting(handshake)
        perform(step, now: now)
    }

    mutating func attemptTimedOut(now: Timestamp) {
        guard let step = phase.handshakeStep else { return }
        fail(.timedOut(step), now: now)
    }

    private mutating func perform(_ step: HandshakeStateMachine.Step, now: Timestamp) {
        switch step {
        case .none: break
        case .startTLS:
            actions.append(.startTLS(serverName: currentServer?.tlsServerName ?? "", generation: generation))
        case .authenticate(let nonce):
            actions.append(.authenticate(nonce, generation: generation))
        case .sendConnect(let proof):
            sendConnect(proof: proof, now: now)
        case .answerPing: answerPing()
        case .established: established(now: now)
        case .fail(let reason): fail(reason, now: now)
        }
    }

    private mutating func sendConnect(proof: ConnectParameters.Authentication?, now: Timestamp) {
        let json: [UInt8]
        do {
            json = try connectParameters(proof: proof).json()
        } catch {
            return fail(.introduction(error), now: now)
        }
        var buffer = ByteBuffer()
        FrameEncoder.connect(json: json.span, into: &buffer)
        FrameEncoder.ping(into: &buffer)
        emitUrgent(Self.bytes(of: buffer), fence: .handshake)
    }

    /// The server took us: replay the subscriptions, then let publishes flow.
    private mutating func established(now: Timestamp) {
        timers.clear(.attempt)
        if configuration.pingIntervalNanoseconds > 0 {
            let monitor = LivenessMonitor(
                intervalNanoseconds: configuration.pingIntervalNanoseconds,
                maximumOutstanding: configuration.maximumPingsOutstanding, now: now)
            timers.set(.liveness, at: monitor.nextLook)
            liveness = monitor
        }
        subscriptions.connectionBegan()
        phase = .restoring
        let hasSubscriptions = subscriptions.count > 0
        if hasSubscriptions {
            emitUrgent(resubscription(), fence: .restore)
            timers.set(.attempt, at: now.advanced(byNanoseconds: configuration.connectTimeoutNanoseconds))
        }
        actions.append(.openGate(generation: generation))
        if !hasSubscriptions { restored(now: now) }
    }

    /// Every subscription is on the new connection.
    mutating func restored(now: Timestamp) {
        guard case .restoring = phase else { return }
        timers.clear(.attempt)
        phase = .connected
        connectedAt = now
        pool.noteSuccess()
        endRefusedReplays()
        for id in subscriptions.confirmRestored() { actions.append(.subscriptionConfirmed(id)) }
        guard let server = currentServer else { return }
        actions.append(.report(hasConnected ? .reconnected(server) : .connected(server)))
        hasConnected = true
    }

    private func requirements(for address: ServerAddress) -> HandshakeStateMachine.Requirements {
        HandshakeStateMachine.Requirements(
            transportIsSecure: address.scheme == .wss,
            transportCanUpgrade: !address.scheme.isWebSocket,
            tlsRequired: configuration.tlsRequired || address.scheme.requiresTLS,
            tlsFirst: configuration.tlsFirst,
            asksForCredentials: configuration.authentication == .provided && !address.hasCredentials)
    }

    private func connectParameters(
        proof: ConnectParameters.Authentication?
    ) throws(ConnectParametersError) -> ConnectParameters {
        var parameters = try ConnectParameters(
            server: serverInfo ?? ServerInfo(), version: configuration.version, echo: configuration.echo,
            authentication: authentication(proof: proof))
        parameters.verbose = configuration.verbose
        parameters.pedantic = configuration.pedantic
        parameters.name = configuration.name
        parameters.language = configuration.lang
        parameters.requiresTLS = configuration.tlsRequired || currentServer?.scheme.requiresTLS == true
        return parameters
    }

    /// The credentials of the address win over those of the configuration; a user without a password is a token.
    private func authentication(proof: ConnectParameters.Authentication?) -> ConnectParameters.Authentication {
        if let token = currentServer?.token { return .token(token) }
        if let user = currentServer?.user {
            return currentServer?.password.map { .user(user, password: $0) } ?? .token(user)
        }
        switch configuration.authentication {
        case .none: return .none
        case .token(let token): return .token(token)
        case .userPassword(let user, let password): return .user(user, password: password)
        case .provided: return proof ?? .none
        }
    }
}
