import NATSClient
import TestSupport
import Testing

/// WebSocket with a real server, in the clear and encrypted.
@Suite(.timeLimit(.minutes(3))) struct WebSocketTests {
    /// How the server's WebSocket port is.
    enum Mode: CaseIterable, Sendable {
        case plain
        case encrypted
    }

    private static func withWebSocket(
        _ backend: Backend, _ mode: Mode, _ change: @Sendable (inout NATSServerOptions) -> Void = { _ in },
        expectsParseErrors: Bool = false,
        _ body: @escaping @Sendable (Bench, @escaping @Sendable (inout ConnectOptions) -> Void) async throws -> Void
    ) async throws {
        let certificates = try TestCertificates.shared.get()
        var options = NATSServerOptions()
        options.webSocket = .init(tls: mode == .encrypted ? .init(certificates.server) : nil)
        change(&options)
        try await withBench(backend, options, expectsParseErrors: expectsParseErrors) { bench in
            try await body(bench) {
                if mode == .encrypted {
                    $0.tls = TLSConfiguration(trustRoots: .file(certificates.authority.certificate))
                }
            }
        }
    }

    @Test(arguments: Backend.tested, Mode.allCases)
    func everythingWorksAsOverTCP(backend: Backend, mode: Mode) async throws {
        try await Self.withWebSocket(backend, mode, { $0.token = "s3cr3t" }) { bench, trust in
            let nats = try await bench.connect(bench.server.webSocketURL) {
                trust(&$0)
                $0.authentication = .token("s3cr3t")
            }
            #expect((nats.tlsDetails != nil) == (mode == .encrypted))
            try await nats.subscribe("ws.echo") { view in try? view.retained().respond(view.string) }
            let reply = try await nats.request("ws.echo", "hello", timeout: .seconds(45))
            #expect(reply.string == "hello")
            let headed = try await nats.subscribe("ws.headers")
            try await nats.publish("ws.headers", "x", headers: ["Id": "7"])
            let message = try await headed.required()
            #expect(message.header("Id") == "7")
            try await nats.flush()
            #expect(nats.statistics.publishesUnconfirmed == 0)
            #expect(try await nats.drain() == .complete)
        }
    }

    @Test(arguments: Backend.tested, Mode.allCases)
    func bigAndManyMessagesComeThroughWhole(backend: Backend, mode: Mode) async throws {
        try await Self.withWebSocket(backend, mode, { $0.maximumPayload = 8 << 20 }) { bench, trust in
            let nats = try await bench.connect(bench.server.webSocketURL, trust)
            let subscription = try await nats.subscribe("ws.big")
            for size in [0, 1, 125, 126, 127, 65_535, 65_536, 131_072, 1_000_000, 5_000_000] {
                let payload = pattern(size, seed: size)
                try await nats.publish("ws.big", payload)
                let message = try await subscription.required()
                #expect(message.payload.elementsEqual(payload), "\(size) bytes")
            }
            for number in 0..<20_000 { try await nats.publish("ws.big", "message \(number)") }
            for number in 0..<20_000 {
                let text = try await subscription.required().string
                guard text == "message \(number)" else {
                    Issue.record("\(text) instead of message \(number)")
                    break
                }
            }
        }
    }

    @Test(arguments: Backend.tested, Mode.allCases)
    func theServersReasonToCloseIsToldAndTheClientComesBack(backend: Backend, mode: Mode) async throws {
        try await Self.withWebSocket(backend, mode) { bench, trust in
            let nats = try await bench.connect(bench.server.webSocketURL, trust)
            let log = EventLog(nats)
            try await bench.server.restart()
            _ = try await log.first("the client is back", within: .seconds(20), \.isReconnected)
            let report = try await log.first("the loss is reported", \.disconnectReport)
            #expect(report.cause.description.contains("Server Shutdown"), "\(report.cause)")
            try await nats.flush()
        }
    }

    @Test(arguments: Backend.tested)
    func framesNeedNoMaskWhenTheServerAgrees(backend: Backend) async throws {
        try await Self.withWebSocket(backend, .plain) { bench, _ in
            let nats = try await bench.connect(bench.server.webSocketURL) { $0.webSocket.masking = .omittedIfAllowed }
            let subscription = try await nats.subscribe("ws.bare")
            try await nats.publish("ws.bare", pattern(100_000))
            let message = try await subscription.required()
            #expect(message.payload.elementsEqual(pattern(100_000)))
        }
    }

    @Test(arguments: Backend.tested)
    func theWrongPortIsNamedAsSuch(backend: Backend) async throws {
        let certificates = try TestCertificates.shared.get()
        try await Self.withWebSocket(backend, .plain, expectsParseErrors: true) { bench, _ in
            let port = bench.server.webSocketURL.split(separator: ":").last ?? ""
            let natsPort = await expectError(.connectFailed) { try await bench.connect("ws://127.0.0.1:\(bench.server.port)") }
            #expect(natsPort?.message.contains("port for nats:// and tls://") == true, "\(natsPort as Any)")
            let encrypted = await expectError(.tlsFailed) {
                try await bench.connect("wss://localhost:\(port)") {
                    $0.tls = TLSConfiguration(trustRoots: .file(certificates.authority.certificate))
                }
            }
            #expect(encrypted?.message.contains("use ws://") == true, "\(encrypted as Any)")
        }
    }

    @Test(arguments: Backend.tested) func whatCantWorkFailsBeforeAnyServerIsAsked(backend: Backend) async throws {
        try await withEventLoop(backend) { loop in
            func failure(
                _ code: NATSError.Code, _ urls: String, _ change: (inout ConnectOptions) -> Void = { _ in }
            ) async -> String {
                var options = ConnectOptions()
                options.eventLoop = loop
                change(&options)
                return await expectError(code) { try await NATS.connect(urls, options: options) }?.message ?? ""
            }
            let mixed = await failure(.invalidAddress, "ws://127.0.0.1:1,nats://127.0.0.1:1")
            #expect(mixed.contains("mixed"))
            let insecure = await failure(.configuration, "ws://127.0.0.1:1") { $0.tls = .init() }
            #expect(insecure.contains("wss://"))
            let leafNode = await failure(.invalidOption, "ws://127.0.0.1:1/leafnode")
            #expect(leafNode.contains("/leafnode"))
            let path = await failure(.invalidOption, "ws://127.0.0.1:1") { $0.webSocket.path = "x y" }
            #expect(path.contains("path"))
            let reserved = await failure(.invalidOption, "ws://127.0.0.1:1") { $0.webSocket.headers = [("Host", "secret")] }
            #expect(reserved.contains("Host") && !reserved.contains("secret"))
        }
    }
}
