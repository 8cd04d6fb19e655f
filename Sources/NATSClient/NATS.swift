import NATSProtocol
import Reactor

/// The entry points.
public enum NATS {
    /// Connects to a server of the list, and returns when it has accepted us.
    ///
    /// - Parameters:
    ///   - urls: one or several server addresses, separated by commas: `nats://host:port`, `host:port`, `host`,
    ///     `nats://user:password@host`, `nats://token@host`, IPv6 literals in brackets. The scheme defaults to
    ///     `nats`, the port to 4222. `nil`: the environment decides, else `nats://127.0.0.1:4222`.
    ///   - options: see ``ConnectOptions``. What they say wins over the environment.
    ///
    /// Without addresses the variables of the NATS CLI are honoured: `NATS_URL`, `NATS_USER` and `NATS_PASSWORD`,
    /// `NATS_TOKEN`, `NATS_CREDS`, `NATS_NKEY`, `NATS_JWT` and `NATS_SEED`, `NATS_CERT`, `NATS_KEY`, `NATS_CA`,
    /// `NATS_SOCKS_PROXY`, `NATS_TIMEOUT`, and below them the context that `NATS_CONTEXT` names.
    /// ``NATSConnection/configurationSources`` says what was taken from where. A program that names its servers gets
    /// nothing of this but the proxy of `NATS_SOCKS_PROXY`: credentials are never sent to where they weren't meant for.
    ///
    /// - Throws: ``NATSError`` with the cause of the last attempt: ``NATSError/Code/invalidAddress``,
    ///   ``NATSError/Code/invalidConfiguration``,
    ///   ``NATSError/Code/connectFailed``, ``NATSError/Code/timedOut``, ``NATSError/Code/tlsFailed``,
    ///   ``NATSError/Code/authenticationFailed``, ``NATSError/Code/serverError``,
    ///   ``NATSError/Code/protocolViolation``, ``NATSError/Code/configuration``, ``NATSError/Code/invalidOption``,
    ///   ``NATSError/Code/reactorUnavailable``; `CancellationError`. A failed or cancelled connect leaves no task,
    ///   timer or descriptor behind.
    public static func connect(
        _ urls: String? = nil, options: ConnectOptions = ConnectOptions()
    ) async throws -> NATSConnection {
        guard let urls else {
            return try await connect(from: .process, options) { environment, readFile throws(ContextError) in
                try OutsideSettings(environment, readFile: readFile)
            }
        }
        return try await connect(
            addresses: parse { () throws(ServerAddressError) in
                try ServerAddress.parseList(urls)
            }, options: options)
    }

    /// Connects to a server of the list. As ``connect(_:options:)-(String?,_)``, with one address for each element.
    public static func connect(
        _ urls: [String], options: ConnectOptions = ConnectOptions()
    ) async throws -> NATSConnection {
        try await connect(
            addresses: parse { () throws(ServerAddressError) in
                try ServerAddress.parseList(urls)
            }, options: options)
    }

    /// Connects, runs `body`, and drains, also when the task is cancelled. When `body` throws, the connection is closed
    /// instead, which still hands what is staged to the server.
    ///
    /// - Returns: what `body` returns; it may close or drain the connection itself.
    /// - Throws: what `connect` or `body` throw; when the drain was incomplete, so that messages may be lost:
    ///   ``NATSError/Code/timedOut`` or ``NATSError/Code/connectionLost``.
    public static func withConnection<Result>(
        _ urls: String? = nil, options: ConnectOptions = ConnectOptions(),
        _ body: (NATSConnection) async throws -> Result
    ) async throws -> Result {
        try await withConnection(connect(urls, options: options), body)
    }

    private static func drainToTheEnd(_ connection: NATSConnection) async throws {
        let outcome: DrainOutcome
        do {
            // In a task of its own: the caller's may be cancelled, and its result is to be kept.
            outcome = try await Task(executorPreference: connection.eventLoop.taskExecutor) { try await connection.drain() }.value
        } catch let error as NATSError where error.code == .connectionClosed && error.underlying == nil {
            return
        }
        switch outcome {
        case .complete, .interrupted: return
        case .notConnected where connection.statistics.publishesDiscarded == 0: return
        case .notConnected:
            throw NATSError(.connectionLost, "there was no connection at the end of the scope, and messages were given up")
        case .timedOut(let phase):
            throw NATSError(.timedOut, "the drain at the end of the scope took too long, in its phase '\(phase)'")
        case .connectionLost(let phase):
            throw NATSError(
                .connectionLost, "the connection was lost during the drain at the end of the scope, in its phase '\(phase)'")
        }
    }

    /// Runs `body` in a connection that is drained.
    static func withConnection<Result>(
        _ connection: NATSConnection, _ body: (NATSConnection) async throws -> Result
    ) async throws -> Result {
        let result: Result
        do {
            result = try await body(connection)
        } catch {
            await connection.close()
            throw error
        }
        try await drainToTheEnd(connection)
        return result
    }

    static func parse(
        _ addresses: () throws(ServerAddressError) -> [ServerAddress]
    ) throws(NATSError) -> [ServerAddress] {
        let parsed: [ServerAddress]
        do throws(ServerAddressError) {
            parsed = try addresses()
        } catch {
            throw NATSError(error)
        }
        return parsed
    }

    static func connect(
        addresses: [ServerAddress], options: ConnectOptions, sources: ConfigurationSources? = nil
    ) async throws -> NATSConnection {
        var options = options
        options.inboxPrefix = try inboxPrefix(options)
        try options.authentication.check()
        let proxy = try options.checkTransport()
        for address in addresses { try options.check(address, through: proxy) }
        let loop = options.eventLoop
        do throws(ReactorError) {
            try loop.start()
        } catch {
            throw NATSError(error)
        }
        var random = RandomSource(seed: (loop.random(), loop.random(), loop.random(), loop.random()))
        var names = NUIDGenerator(random: &random)
        let core = ConnectionCore(
            options: options, proxy: proxy, usesWebSocket: addresses.contains(where: \.scheme.isWebSocket),
            requestInbox: Inbox.make(prefix: options.inboxPrefix, using: &names),
            configurationSources: sources ?? ConfigurationSources(options, servers: [.code]))
        if options.tls != nil || addresses.contains(where: \.scheme.requiresTLS) { try await core.reloadTLS() }
        var session = Session(
            configuration: SessionConfiguration(options), servers: addresses, randomSeed: loop.random())
        session.tally = options.sessionTally
        let connection = NATSConnection(core: core, names: names)
        let driver = ConnectionDriver(core: core, session: session)
        core.stage.lock()
        core.stage.value.driver = driver
        core.stage.unlock()
        do {
            try await core.wait(.connect, deadline: .distantFuture) { core, id in
                if !core.onDriver({ driver, on in driver.start(connectWaiter: id, on) }) {
                    core.complete(id, .failed(NATSError(.reactorUnavailable, "the event loop was shut down")))
                }
            }
        } catch {
            await connection.abortAndWait()
            throw error
        }
        return connection
    }

    /// As all of the connection uses it.
    private static func inboxPrefix(_ options: ConnectOptions) throws(NATSError) -> String {
        do throws(SubjectDefect) {
            return try Inbox.prefix(custom: options.inboxPrefix)
        } catch {
            throw NATSError(
                .invalidOption, "the inbox prefix isn't valid: \(error)", subject: options.inboxPrefix)
        }
    }
}

extension SessionConfiguration {
    /// What the session needs of the options.
    init(_ options: ConnectOptions) {
        self.init()
        name = options.name
        version = ClientDefaults.libraryVersion
        verbose = options.verbose
        pedantic = options.pedantic
        echo = options.echo
        noRandomize = options.keepsServerOrder
        ignoreDiscovered = options.ignoresDiscoveredServers
        switch options.authentication.method {
        case .automatic, .none: authentication = .none
        case .token(let token): authentication = .token(token)
        case .user(let user, let password): authentication = .userPassword(user: user, password: password)
        case .seed, .nkey, .jwt, .credentialsFile, .credentialsText, .provider, .reference: authentication = .provided
        }
        tlsRequired = options.tls != nil
        tlsFirst = options.tls?.handshakeFirst ?? false
        connectTimeoutNanoseconds = options.connectTimeout.clampedNanoseconds
        pingIntervalNanoseconds = options.pingInterval.clampedNanoseconds
        maximumPingsOutstanding = options.maximumPingsOutstanding
        closeFlushNanoseconds = ClientDefaults.closeFlushTimeout.clampedNanoseconds
        reconnect = ReconnectPolicy(options.reconnect)
        movesOnLameDuck = options.reconnect.lameDuck == .move
        renewsCredentials = options.reconnect.renewsExpiringCredentials
        moveJitterNanoseconds = options.reconnect.moveJitter.clampedNanoseconds
        moveOverlapNanoseconds = options.reconnect.moveOverlap.clampedNanoseconds
        choosesServers = options.reconnect.chooseServer != nil
    }
}

extension ReconnectPolicy {
    init(_ options: ConnectOptions.Reconnect) {
        self.init()
        isEnabled = options.isEnabled
        maximumAttempts = options.maximumAttempts
        baseDelayNanoseconds = options.baseDelay.clampedNanoseconds
        capDelayNanoseconds = options.maximumDelay.clampedNanoseconds
        retryOnFirstConnect = options.retriesFirstConnect
        firstConnectNanoseconds = options.firstConnectTimeout?.clampedNanoseconds
        giveUpOnRepeatedAuthenticationFailure = options.givesUpOnRepeatedAuthenticationFailure
    }
}
