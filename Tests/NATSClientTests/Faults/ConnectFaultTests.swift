@testable import NATSClient
import TestSupport
import Testing

/// Each fault before the connection is made gives one clear error, within the deadline. Pain points P4 and P5.
@Suite(.timeLimit(.minutes(2))) struct ConnectFaultTests {
    @Test(arguments: [
        "nats://", "nats://:4222", "http://127.0.0.1", "nats://127.0.0.1:0", "nats://127.0.0.1:65536",
        "nats://127.0.0.1:port", "nats://[::1", "nats://a b", "nats://a\r\nb", "", ",", "nats://a,,http://b",
    ])
    func aWrongURLIsRefusedBeforeAnythingIsOpened(url: String) async {
        let error = await connectError(url, .epoll)
        #expect(error?.code == .invalidAddress, "\(String(describing: error))")
    }

    @Test(arguments: TestBackend.available)
    func aPortThatNobodyListensOnIsAFailedConnect(backend: TestBackend) async throws {
        let error = await connectError("nats://127.0.0.1:1", backend)
        #expect(error?.code == .connectFailed)
        #expect(error?.server == "nats://127.0.0.1:1")
        #expect(error?.isRetryable == true)
    }

    @Test(arguments: TestBackend.available)
    func aServerThatIsNotNATSIsAProtocolViolation(backend: TestBackend) async throws {
        let answers = [
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}",
            "+OK\r\n", "PING\r\n", "\r\n",
        ]
        for answer in answers {
            try await withScriptedServer([.send(answer)]) { server in
                let error = await connectError(server.url, backend)
                #expect(error?.code == .protocolViolation, "\(answer): \(String(describing: error))")
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func anINFOWithoutEndIsCutOffAtItsLimit(backend: TestBackend) async throws {
        let endless = "INFO {\"server_id\":\"" + String(repeating: "x", count: 2 << 20)
        try await withScriptedServer([.drip(endless, chunkSize: 65_536, every: .zero), .stall]) { server in
            let error = await connectError(server.url, backend)
            #expect(error?.code == .protocolViolation)
        }
    }

    @Test(arguments: TestBackend.available)
    func anINFOThatDripsIsEndedByTheDeadline(backend: TestBackend) async throws {
        let script: [ScriptStep] = [.drip(ScriptedServer.defaultINFO, every: .milliseconds(20))]
        try await withScriptedServer(script) { server in
            let error = await connectError(server.url, backend) { $0.connectTimeout = .milliseconds(200) }
            #expect(error?.code == .timedOut)
            #expect(error?.isRetryable == true)
        }
    }

    @Test(
        arguments: [
            "INFO\r\n", "INFO {\r\n", "INFO []\r\n", "INFO null\r\n", "INFO {\"server_id\":7}\r\n",
            "INFO {\"max_payload\":\"many\"}\r\n", "INFO {}}\r\n", "INFO \u{FF}\r\n",
            "INFO {\"max_payload\":99999999999999999999999}\r\n", "INFO {}\n",
        ], TestBackend.available)
    func aMalformedINFOIsAProtocolViolation(line: String, backend: TestBackend) async throws {
        try await withScriptedServer([.send(line)]) { server in
            let error = await connectError(server.url, backend)
            #expect(error?.code == .protocolViolation, "\(String(describing: error))")
        }
    }

    /// One second of attempts is shared by all steps: a server that stops anywhere costs one deadline.
    @Test(arguments: HandshakeStop.allCases, TestBackend.available)
    func aServerThatStopsAfterAStepIsEndedByTheSharedDeadline(stop: HandshakeStop, backend: TestBackend) async throws {
        try await withScriptedServer(stop.script + [.stall]) { server in
            let clock = ContinuousClock()
            let start = clock.now
            let error = await connectError(server.url, backend) { $0.connectTimeout = .milliseconds(600) }
            #expect(error?.code == .timedOut, "\(String(describing: error))")
            #expect(clock.now - start >= .milliseconds(590))
        }
    }

    @Test(arguments: HandshakeStop.allCases, TestBackend.available)
    func aServerThatClosesAfterAStepIsAFailedConnect(stop: HandshakeStop, backend: TestBackend) async throws {
        for end in [ScriptStep.close, .reset] {
            try await withScriptedServer(stop.script + [end]) { server in
                let error = await connectError(server.url, backend)
                #expect(error?.code == .connectFailed, "\(String(describing: error))")
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aCancelledConnectReturnsAtOnceAndClosesItsSocket(backend: TestBackend) async throws {
        for stop in HandshakeStop.allCases {
            try await withScriptedServer(stop.script) { server in
                let task = Task { try await NATS.connect(server.url, options: backend.options()) }
                try await server.finish()
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await eventually("the socket is closed") { server.connections.first?.isClosedByClient == true }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func theNextServerIsTriedAndTheCauseOfTheLastIsThrown(backend: TestBackend) async throws {
        try await withScriptedServer([.close], [.send("-ERR 'Authorization Violation'\r\n"), .close]) { server in
            let error = await connectError("\(server.url),nats://localhost:\(server.port)", backend)
            #expect(error?.code == .authenticationFailed)
            #expect(server.connections.count == 2)
        }
    }

    /// What the first server says behind its refusal must not be taken for the second one's words.
    @Test(arguments: TestBackend.available)
    func wordsBehindARefusalDoNotReachTheNextAttempt(backend: TestBackend) async throws {
        let refusal: [ScriptStep] = [.send("-ERR 'Authorization Violation'\r\nPING\r\nPING\r\n"), .close]
        try await withScriptedServer(refusal, .handshake) { server in
            let url = "\(server.url),nats://localhost:\(server.port)"
            let nats = try await NATS.connect(url, options: backend.options())
            #expect(nats.status == .connected)
            await nats.abortAndWait()
            #expect(server.connections.count == 2)
        }
    }
}

/// Where a server falls silent.
enum HandshakeStop: CaseIterable, Sendable {
    case afterAccept
    case afterHalfOfINFO
    case betweenCRAndLF
    case afterINFO
    case afterCONNECT

    var script: [ScriptStep] {
        let info = ScriptedServer.defaultINFO
        switch self {
        case .afterAccept: return []
        case .afterHalfOfINFO: return [.send(Array(info.utf8.prefix(40)))]
        case .betweenCRAndLF: return [.send(Array(info.utf8.dropLast()))]
        case .afterINFO: return [.send(info)]
        case .afterCONNECT: return [.send(info)] + [ScriptStep].expectConnectAndPing
        }
    }
}
