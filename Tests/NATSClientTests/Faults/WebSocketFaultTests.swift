@testable import NATSClient
import Synchronization
import TestSupport
import Testing

/// WebSocket with a server that does what a real one does rarely, or never.
@Suite(.timeLimit(.minutes(2))) struct WebSocketFaultTests {
    private static let message = "MSG a.b 1 5\r\nhello\r\n"

    /// Connects to the script, subscribes, and runs `body`.
    private func withSubscription(
        _ script: [ScriptStep], _ backend: TestBackend, _ change: @escaping @Sendable (inout ConnectOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (ScriptedServer, NATSConnection, Subscription) async throws -> Void
    ) async throws {
        try await withScriptedServer(script) { server in
            try await withDeadline(.seconds(30)) {
                let nats = try await NATS.connect(server.webSocketURL, options: backend.options(change))
                let subscription = try await nats.subscribe("a.b", confirmed: false)
                try await body(server, nats, subscription)
                await nats.abortAndWait()
            }
        }
    }

    @Test(arguments: TestBackend.available) func theRequestSaysWhatWasAskedFor(backend: TestBackend) async throws {
        let count = Mutex(0)
        try await withScriptedServer(.upgrade(frames: ServerFrame.handshake)) { server in
            let nats = try await NATS.connect(
                server.webSocketURL + "/nats?team=7",
                options: backend.options {
                    $0.webSocket.headers = [("Cookie", "a=b"), ("X-One", "1")]
                    $0.webSocket.headersProvider = {
                        [("Authorization", "Bearer \(count.withLock { $0 += 1; return $0 })")]
                    }
                })
            let request = try #require(server.connections.first).text
            #expect(request.hasPrefix("GET /nats?team=7 HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
            #expect(request.contains("\r\nCookie: a=b\r\nX-One: 1\r\nAuthorization: Bearer 1\r\n"))
            await nats.abortAndWait()
        }
    }

    @Test(arguments: TestBackend.available) func headersThatCantBeProvidedFailTheAttempt(backend: TestBackend) async throws {
        struct NoToken: Error {}
        try await withScriptedServer([.awaitClientClose]) { server in
            let error = await connectError(server.webSocketURL, backend) {
                $0.webSocket.headersProvider = { throw NoToken() }
            }
            #expect(error?.code == .connectFailed)
            #expect(error?.underlying is NoToken)
            let connection = try #require(server.connections.first)
            #expect(connection.received.isEmpty)
        }
    }

    @Test(arguments: TestBackend.available) func framesComeInAnyPieces(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let torn =
            ServerFrame.binary("MSG a.b 1", isFinal: false) + ServerFrame.ping("between")
            + ServerFrame.binary(" 5\r\nhe", isFinal: false, opcode: 0) + ServerFrame.binary("llo\r\n", opcode: 0)
        let script: [ScriptStep] =
            .upgrade(frames: ServerFrame.handshake) + [
                .hold(until: gate), .drip(torn, chunkSize: 1, every: .microseconds(200)), .send(torn + torn),
            ]
        try await withSubscription(script, backend) { server, _, subscription in
            gate.open()
            for _ in 0..<3 { #expect(try await subscription.next(timeout: .seconds(20))?.string == "hello") }
            try await eventually("the PINGs are answered") {
                server.connections.first?.frames.pongs.map { String(decoding: $0, as: UTF8.self) }
                    == ["between", "between", "between"]
            }
            let frames = try #require(server.connections.first).frames
            #expect(frames.areAllMasked)
            #expect(frames.text.hasPrefix("CONNECT {"))
            #expect(frames.text.contains("SUB a.b 1\r\n"))
        }
    }

    @Test(arguments: TestBackend.available)
    func whatCameBeforeTheCloseIsDeliveredAndTheReasonTold(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let script: [ScriptStep] =
            .upgrade(frames: ServerFrame.handshake) + [
                .hold(until: gate),
                .send(
                    ServerFrame.binary(Self.message)
                        + ServerFrame.close(1008, "Slow Consumer (Write Deadline)")
                        + ServerFrame.binary("MSG a.b 1 4\r\nlate\r\n")),
                .awaitClientClose,
            ]
        try await withSubscription(script, backend, { $0.reconnect.isEnabled = false }) { server, nats, subscription in
            let log = EventLog(nats)
            gate.open()
            var texts: [String] = []
            do {
                for try await message in subscription { texts.append(message.string) }
            } catch let error as NATSError {
                #expect(error.description.contains("Slow Consumer (Write Deadline)"), "\(error)")
            }
            #expect(texts == ["hello"])
            let cause = try await log.next { event in
                if case .disconnected(let report) = event { report.cause } else { nil }
            }
            #expect(cause.description.contains("1008: Slow Consumer (Write Deadline)"), "\(cause)")
            try await eventually("the close is answered") {
                server.connections.first?.frames.closes == [[0x03, 0xF0]]
            }
        }
    }

    /// The server speaks before it has read what we send: the answer stands behind that.
    @Test(arguments: TestBackend.available)
    func aCloseThatMeetsASendUnderWayIsAnswered(backend: TestBackend) async throws {
        let gate = ScriptGate()
        let script: [ScriptStep] =
            .upgrade(frames: ServerFrame.handshake) + [
                .hold(until: gate), .send(ServerFrame.close(1001, "going away")), .awaitClientClose,
            ]
        try await withSubscription(script, backend, { $0.reconnect.isEnabled = false }) { server, nats, _ in
            // More than the buffers of both sockets hold.
            for _ in 0..<6 { try nats.outbound.publish("big", [UInt8](repeating: 7, count: 1_000_000)) }
            try await Self.untilTheKernelTakesNoMore(nats)
            gate.open()
            try await eventually("the close is answered") { server.connections.first?.frames.closes == [[0x03, 0xE9]] }
            try await eventually("closed") { nats.status == .closed }
        }
    }

    /// Returns when much was written, much waits, and nothing moves any more.
    private static func untilTheKernelTakesNoMore(_ nats: NATSConnection) async throws {
        var (written, quietLooks) = (UInt64(0), 0)
        try await eventually("the kernel takes no more") {
            let statistics = nats.statistics
            let isStill = statistics.bytesWritten == written && written > 100_000 && statistics.pendingBytes > 0
            quietLooks = isStill ? quietLooks + 1 : 0
            written = statistics.bytesWritten
            return quietLooks == 8
        }
    }

    @Test(arguments: TestBackend.available) func aCloseByUsIsSaid(backend: TestBackend) async throws {
        let gate = ScriptGate()
        // The PONG confirms what was published before the close.
        let script: [ScriptStep] =
            .upgrade(frames: ServerFrame.handshake) + [.hold(until: gate), .send(ServerFrame.binary("PONG\r\n"))]
        try await withSubscription(script, backend) { server, nats, _ in
            let close = Task { await nats.close() }
            try await eventually("closing") { nats.status == .closing || nats.status == .closed }
            gate.open()
            await close.value
            try await eventually("the server was told") { server.connections.first?.frames.closes == [[0x03, 0xE8]] }
        }
    }

    @Test(arguments: TestBackend.available)
    func brokenFramesEndTheConnection(backend: TestBackend) async throws {
        let broken: [(String, [UInt8])] = [
            ("reserved bits", [0xB2, 0]), ("masked", [0x82, 0x80, 1, 2, 3, 4]),
            ("limit is", [0x82, 127, 0, 1, 0, 0, 0, 0, 0, 0]), ("hadn't begun", [0x80, 0]),
        ]
        for (reason, bytes) in broken {
            let script: [ScriptStep] = .upgrade(frames: ServerFrame.handshake + ServerFrame.binary(Self.message) + bytes)
            try await withScriptedServer(script) { server in
                let nats = try await NATS.connect(
                    server.webSocketURL, options: backend.options { $0.reconnect.isEnabled = false })
                let log = EventLog(nats)
                let closed = try await log.next { event in
                    if case .closed(let error) = event { error } else { nil }
                }
                #expect(closed.description.contains(reason), "\(closed)")
            }
        }
    }

    @Test(arguments: TestBackend.available) func anAnswerThatIsntAnUpgradeIsNamed(backend: TestBackend) async throws {
        let answers = [
            ("HTTP/1.1 403 Forbidden\r\n\r\n", "403 Forbidden"),
            (
                "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
                "another request"
            ),
            ("SSH-2.0-OpenSSH\r\n", "doesn't answer in HTTP"), (ScriptedServer.defaultINFO, "nats:// and tls://"),
        ]
        for (answer, reason) in answers {
            try await withScriptedServer([.expect(prefix: "GET / "), .send(answer), .awaitClientClose]) { server in
                let error = await connectError(server.webSocketURL, backend)
                #expect(error?.code == .connectFailed)
                #expect(error?.message.contains(reason) == true, "\(error as Any)")
            }
        }
    }

    @Test(arguments: TestBackend.available) func aServerThatAsksAndNeverReadsIsLeft(backend: TestBackend) async throws {
        let pings = Array(repeating: ServerFrame.ping(String(repeating: "p", count: 125)), count: 4096).flatMap { $0 }
        let flood: [ScriptStep] = (0..<60).map { _ in .drip(pings, chunkSize: pings.count, every: .zero) }
        try await withScriptedServer(.upgrade(frames: ServerFrame.handshake) + flood + [.stall]) { server in
            let nats = try await NATS.connect(
                server.webSocketURL,
                options: backend.options {
                    $0.reconnect.isEnabled = false
                    $0.socket.sendBufferSize = 4096
                })
            let log = EventLog(nats)
            let closed = try await withDeadline(.seconds(30)) {
                try await log.next { event in if case .closed(let error) = event { error } else { nil } }
            }
            #expect(closed.description.contains("doesn't read our answers"), "\(closed)")
        }
    }
}
