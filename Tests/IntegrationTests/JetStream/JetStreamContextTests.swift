import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: contexts, accounts and levels") struct JetStreamContextTests {
    @Test("without JetStream, or in a wrong domain, the first call says that nobody answers", arguments: Backend.tested)
    func unavailable(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            for js in [nats.jetStream(), nats.jetStream(domain: "nowhere"), nats.jetStream(prefix: "JS.other")] {
                let error = try await #require(throws: NATSError.self) { try await js.accountInfo() }
                #expect(error.code == .jetStreamUnavailable && error.subject == "\(js.prefix).INFO")
                #expect(error.isRetryable && (error.underlying as? NATSError)?.code == .noResponders)
            }
        }
    }

    @Test("a domain and a prefix reach the same streams", arguments: Backend.tested)
    func domainAndPrefix(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.jetStreamSettings = "domain: hub"
            $0.accounts = """
                JS: { jetstream: enabled, users: [ { user: "js", password: "js" } ],
                      exports: [ { service: "$JS.hub.API.>" }, { service: "$JS.API.>" } ] }
                APP: { users: [ { user: "app", password: "app" } ],
                       imports: [ { service: { account: JS, subject: "$JS.API.>" }, to: "JSX.API.>" } ] }
                """
        }
        var serverOptions = options
        serverOptions.isJetStreamEnabled = true
        try await withBench(backend, serverOptions) { bench in
            let own = try await bench.connect { $0.authentication = .user("js", password: "js") }
            _ = try await own.jetStream(domain: "hub").createStream(.init(name: "A", subjects: ["a"]))
            let js = own.jetStream()
            #expect(try await js.stream("A").cachedInfo?.domain == "hub")
            #expect(try await js.accountInfo().domain == "hub" && own.serverInfo?.domain == "hub")
            let importing = try await bench.connect { $0.authentication = .user("app", password: "app") }
            #expect(try await importing.jetStream(prefix: "JSX.API").stream("A").name == "A")
            let error = try await #require(throws: NATSError.self) { try await importing.jetStream().accountInfo() }
            #expect(error.code == .jetStreamUnavailable || error.jetStream?.code == .notEnabledForAccount)
        }
    }

    @Test("a call ends at its deadline", arguments: Backend.tested)
    func timeout(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let silent = try await js.connection.subscribe("SILENT.>")
            defer { silent.unsubscribe() }
            let other = js.connection.jetStream(prefix: "SILENT").waiting(.milliseconds(20))
            let error = try await #require(throws: NATSError.self) { try await other.accountInfo() }
            #expect(error.code == .timedOut && error.isRetryable)
        }
    }

    @Test("a request says what the server must know at least, by the fields that are used", arguments: Backend.tested)
    func level(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let requests = try await nats.subscribe("SPY.>")
            let js = nats.jetStream(prefix: "SPY").waiting(.milliseconds(20))
            let plain = StreamConfiguration(name: "A", subjects: ["a"])
            var timed = plain
            timed.allowsMessageTTL = true
            var batched = timed
            batched.allowsBatchPublish = true
            for configuration in [plain, timed, batched] {
                _ = await #expect(throws: NATSError.self) { try await js.createStream(configuration) }
            }
            var levels: [String?] = []
            for _ in 1...3 {
                levels.append(try #require(try await requests.next()).header("Nats-Required-Api-Level"))
            }
            #expect(levels == [nil, "1", "4"])
        }
    }

    @Test("what the server is known to be too old for isn't sent", arguments: [#""api_lvl":1"#, ""])
    func tooOld(_ field: String) async throws {
        let script: [ScriptStep] =
            [.send(ScriptedServer.info(extraFields: field))] + .expectConnectAndPing + [.send("PONG\r\n")]
        try await withScriptedServer(script) { server in
            let nats = try await NATS.connect("nats://127.0.0.1:\(server.port)")
            var configuration = StreamConfiguration(name: "A", subjects: ["a"])
            configuration.allowsAtomicPublish = true
            let request = configuration
            let error = await #expect(throws: NATSError.self) { try await nats.jetStream().createStream(request) }
            #expect(error?.code == .serverTooOld)
            let js = nats.jetStream()
            #expect(try await natsError { try await js.publishAtomically([.init("a", "x")]) }?.code == .serverTooOld)
            #expect(try await natsError { try await js.fastBatch().publish("a", "x") }?.code == .serverTooOld)
            if field.isEmpty {
                #expect(try await natsError { _ = try await js.unverifiedStream("A").messages(1) }?.code == .serverTooOld)
            }
            await nats.close()
            #expect(server.connections.first?.text.contains("PUB") == false)
        }
    }

    @Test("what an account uses and may use", arguments: Backend.tested)
    func account(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a"]))
            _ = try await stream.createConsumer(.init(durable: "c"))
            try await js.store("a", "12345")
            let info = try await js.accountInfo()
            #expect(info.total.streams == 1 && info.total.consumers == 1 && info.total.storage > 0)
            #expect(info.total.memory == 0 && info.total.limits.storage == nil && info.tiers == [:])
            #expect(info.api.level == js.connection.serverInfo?.apiLevel && info.api.level >= 2 && info.api.total > 0)
        }
    }

    @Test("limits by the number of replicas", arguments: Backend.tested)
    func tiers(_ backend: Backend) async throws {
        let mode = try OperatorMode()
        let system = try NKey.generate(.account)
        let user = try NKey.generate(.user)
        let credentials = try OperatorMode.credentials(jwt: mode.userJWT(user), user)
        let tiers =
            #","tiered_limits":{"R1":{"mem_storage":1000,"disk_storage":2000,"streams":3,"consumer":4,"max_bytes_required":true}}"#
        var options = try mode.serverOptions(alsoKnowing: system, moreLimits: tiers)
        options.isJetStreamEnabled = true
        options.extraConfiguration += "\nsystem_account: \(system.publicKey)"
        try await withBench(backend, options) { bench in
            let js = try await bench.connect { $0.authentication = .credentials(text: credentials) }.jetStream()
            var configuration = StreamConfiguration(name: "A", subjects: ["a"])
            try await expectRefusal(.streamMaxBytesRequired) { try await js.createStream(configuration) }
            configuration.maximumBytes = 500
            _ = try await js.createStream(configuration)
            let info = try await js.accountInfo()
            let tier = try #require(info.tiers["R1"])
            #expect(tier.streams == 1 && tier.reservedStorage == 500)
            #expect(tier.limits.memory == 1_000 && tier.limits.storage == 2_000 && tier.limits.requiresMaximumBytes)
            #expect(tier.limits.streams == 3 && tier.limits.consumers == 4)
        }
    }

    @Test("pedantic: the server refuses what it would otherwise change", arguments: Backend.tested)
    func pedantic(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = StreamConfiguration(name: "A", subjects: ["a"])
            configuration.maximumAge = .seconds(10)
            configuration.duplicateWindow = .seconds(10)
            configuration.consumerLimits.inactiveThreshold = .seconds(5)
            let stream = try await js.createStream(configuration)
            let pedantic = js.pedantic
            let consumer = ConsumerConfiguration(durable: "c")
            try await expectRefusal(.pedantic) { try await pedantic.unverifiedStream("A").createConsumer(consumer) }
            #expect(try await stream.createConsumer(consumer).cachedInfo?.configuration.inactiveThreshold == .seconds(5))
            var other = StreamConfiguration(name: "B", subjects: ["b"])
            other.maximumAge = .seconds(10)
            try await expectRefusal(.pedantic) { try await pedantic.createStream(other) }
            #expect(try await js.createStream(other).cachedInfo?.configuration.duplicateWindow == .seconds(10))
        }
    }
}

extension JetStream {
    /// The same with this timeout.
    fileprivate func waiting(_ timeout: Duration) -> JetStream {
        var copy = self
        copy.timeout = timeout
        return copy
    }

    /// The same, pedantic.
    fileprivate var pedantic: JetStream {
        var copy = self
        copy.isPedantic = true
        return copy
    }
}
