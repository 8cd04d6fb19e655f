@testable import NATSClient
import TestSupport
import Testing

/// What may come between INFO and PONG, on the first connection and on a later one. Pain point P5.
@Suite(.timeLimit(.minutes(2))) struct HandshakeTests {
    /// The first connection, or the one that follows a loss.
    enum Mode: CaseIterable, Sendable {
        case initial
        case reconnect
    }

    @Test(arguments: Mode.allCases, TestBackend.available)
    func aPINGBeforeThePONGIsAnswered(mode: Mode, backend: TestBackend) async throws {
        let script: [ScriptStep] =
            [.send(ScriptedServer.defaultINFO)] + .expectConnectAndPing
            + [.send("PING\r\n"), .expect(line: "PONG"), .send("PONG\r\n")]
        try await expectConnects(script, mode, backend)
    }

    @Test(arguments: Mode.allCases, TestBackend.available)
    func anOKAndAnotherINFOBeforeThePONGAreTaken(mode: Mode, backend: TestBackend) async throws {
        let script: [ScriptStep] =
            [.send(ScriptedServer.defaultINFO)] + .expectConnectAndPing
            + [.send("+OK\r\n"), .send(ScriptedServer.info(maximumPayload: 77)), .send("PONG\r\n+OK\r\n")]
        try await expectConnects(script, mode, backend)
    }

    @Test(arguments: Mode.allCases, TestBackend.available)
    func theWholeHandshakeMayComeInOneGo(mode: Mode, backend: TestBackend) async throws {
        let script: [ScriptStep] =
            [.send(ScriptedServer.defaultINFO)] + .expectConnectAndPing + [.send("PONG\r\nPING\r\n"), .expect(line: "PONG")]
        try await expectConnects(script, mode, backend)
    }

    @Test(arguments: TestBackend.available)
    func anINFOSplitAtAnyByteIsOneINFO(backend: TestBackend) async throws {
        let info = Array(ScriptedServer.defaultINFO.utf8)
        for split in 1..<info.count {
            let gate = ScriptGate()
            let script: [ScriptStep] =
                [.send(Array(info.prefix(split))), .hold(until: gate), .send(Array(info.dropFirst(split)))]
                + .expectConnectAndPing + [.send("PONG\r\n")]
            try await withScriptedServer(script) { server in
                let received = backend.loop.statistics.bytesReceived
                async let connection = NATS.connect(server.url, options: backend.options())
                // The first part has been read on its own: the second can't be glued to it.
                try await eventually("the first part is read") {
                    backend.loop.statistics.bytesReceived >= received + UInt64(split)
                }
                gate.open()
                let nats = try await connection
                #expect(nats.serverInfo?.serverID == "SCRIPT")
                await nats.abortAndWait()
            }
        }
    }

    @Test(arguments: Mode.allCases, TestBackend.available)
    func refusedCredentialsAreTheCauseAndNotTheClosedConnection(mode: Mode, backend: TestBackend) async throws {
        for end in [ScriptStep.close, .reset] {
            let refusal: [ScriptStep] =
                [.send(ScriptedServer.defaultINFO)] + .expectConnectAndPing
                + [.send("-ERR 'Authorization Violation'\r\n"), end]
            let error = try await attemptError(refusal, mode, backend)
            #expect(error?.code == .authenticationFailed, "\(String(describing: error))")
            #expect(error?.serverError?.text == "Authorization Violation")
        }
    }

    @Test(
        arguments: [
            ("-ERR 'maximum connections exceeded'", NATSError.Code.serverError),
            ("-ERR 'Authentication Timeout'", .serverError), ("-ERR", .serverError), ("-ERR ''", .serverError),
            ("-ERR 'Secure Connection - TLS Required'", .configuration), ("-ERR 'something new'", .serverError),
            ("-err  User Authentication Expired ", .authenticationFailed),
        ], TestBackend.available)
    func anErrorBeforeThePONGEndsTheAttemptWithItsText(
        said: (line: String, code: NATSError.Code), backend: TestBackend
    ) async throws {
        let refusal: [ScriptStep] =
            [.send(ScriptedServer.defaultINFO)] + .expectConnectAndPing + [.send(said.line + "\r\n"), .close]
        let error = try await attemptError(refusal, .initial, backend)
        #expect(error?.code == said.code, "\(String(describing: error))")
        #expect(error?.serverError != nil)
    }

    @Test(arguments: TestBackend.available)
    func whatTheUserWantsStandsInCONNECT(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            let url = "nats://me:secret@127.0.0.1:\(server.port)"
            let nats = try await NATS.connect(
                url,
                options: backend.options {
                    $0.name = "ingest"
                    $0.echo = false
                    $0.verbose = true
                    $0.pedantic = true
                })
            await nats.abortAndWait()
            let line = try #require(server.connections.first?.text.split(separator: "\r\n").first.map(String.init))
            for field in [
                #""name":"ingest""#, #""echo":false"#, #""verbose":true"#, #""pedantic":true"#, #""user":"me""#,
                #""pass":"secret""#, #""no_responders":true"#, #""headers":true"#, #""protocol":1"#, #""lang":"swift""#,
            ] {
                #expect(line.contains(field), "\(field) in \(line)")
            }
        }
    }

    // MARK: - Both modes

    private func expectConnects(_ script: [ScriptStep], _ mode: Mode, _ backend: TestBackend) async throws {
        switch mode {
        case .initial:
            try await withScriptedServer(script) { server in
                try await withClient(server, backend) { nats in
                    #expect(nats.status == .connected)
                    try await server.finish()
                }
            }
        case .reconnect:
            let gate = ScriptGate()
            try await withScriptedServer(.handshake + [.hold(until: gate), .close], script) { server in
                try await withClient(server, backend) { nats in
                    let events = EventLog(nats)
                    gate.open()
                    try await events.reconnected()
                    try await server.finish()
                }
            }
        }
    }

    /// What `connect` throws, or what the failed attempt reports.
    private func attemptError(
        _ script: [ScriptStep], _ mode: Mode, _ backend: TestBackend
    ) async throws -> NATSError? {
        switch mode {
        case .initial:
            return try await withScriptedServer(script) { server in await connectError(server.url, backend) }
        case .reconnect:
            let gate = ScriptGate()
            return try await withScriptedServer(
                .handshake + [.hold(until: gate), .close], script, .handshake
            ) { server in
                var error: NATSError?
                try await withClient(server, backend) { nats in
                    let events = EventLog(nats)
                    gate.open()
                    error = try await events.next { if case .attemptFailed(let error) = $0 { error } else { nil } }
                    try await events.reconnected()
                }
                return error
            }
        }
    }
}
