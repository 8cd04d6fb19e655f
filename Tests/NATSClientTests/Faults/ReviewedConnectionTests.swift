@testable import NATSClient
import NATSProtocol
import TestSupport
import Testing

/// What reviews of the code found: each was wrong once.
@Suite(.timeLimit(.minutes(1))) struct ReviewedConnectionTests {
    @Test(arguments: TestBackend.available)
    func theStatusIsConnectedWhenTheReconnectIsTold(backend: TestBackend) async throws {
        let leave = ScriptGate()
        try await withScriptedServer(.handshake + [.hold(until: leave), .reset], .handshake) { server in
            try await withClient(server, backend) { nats in
                var seen: [String] = []
                let events = nats.events
                leave.open()
                for await event in events {
                    if case .status(let status) = event { seen.append("\(status)") }
                    if case .reconnected = event { break }
                }
                #expect(seen.last == "connected")
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aDrainThatComesDuringACloseSaysSo(backend: TestBackend) async throws {
        // The server never confirms the close's last PING.
        try await withScriptedServer(.handshake) { server in
            try await withClient(server, backend) { nats in
                try await nats.publish("a", "x")
                let close = Task { await nats.close() }
                try await eventually("closing") { nats.status == .closing }
                #expect(try await nats.drain() == .interrupted(.publishes))
                await close.value
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func whatAScopeReturnedIsNotLostWhenItsTaskWasCancelled(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake + Self.pongs) { server in
            let task = Task {
                try await NATS.withConnection(server.url, options: backend.options()) { _ in
                    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                    return 42
                }
            }
            let result = try await task.value
            #expect(result == 42)
        }
    }

    private static let pongs = (0..<2).flatMap { _ in [ScriptStep.expect(line: "PING"), .send("PONG\r\n")] }

    @Test(arguments: TestBackend.available)
    func aScopeWhoseDrainWasIncompleteThrows(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            let error = await natsError {
                try await NATS.withConnection(
                    server.url, options: backend.options { $0.drainTimeout = .milliseconds(50) }
                ) { nats in
                    try await nats.publish("a", "x")
                }
            }
            #expect(error?.code == .timedOut)
        }
    }

    @Test(arguments: TestBackend.available)
    func aScopeThatClosedItsConnectionEndsInPeace(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            let result = try await NATS.withConnection(server.url, options: backend.options()) { nats in
                nats.abort()
                await nats.close()
                return 42
            }
            #expect(result == 42)
        }
    }

    @Test(arguments: TestBackend.available)
    func whoListensWhileConnectedLearnsSo(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            try await withClient(server, backend) { nats in
                var iterator = nats.events.makeAsyncIterator()
                let first = await iterator.next()
                if case .status(.connected) = first {} else { Issue.record("the first is \(String(describing: first))") }
                nats.abort()
                guard case .connected(let name) = await iterator.next() else {
                    Issue.record("the second isn't the server's name")
                    return
                }
                #expect(name == nats.connectedServer)
            }
        }
    }

    @Test func anErrorSaysEachThingOnce() {
        var failure = SessionFailure(.staleConnection)
        failure.server = try? ServerAddress.parseList("a:4222").first
        #expect(NATSError(failure).description == "connectionLost: the server no longer answers [server: nats://a:4222]")
        let refusal = SessionFailure(.server(ServerError(Array("'Authorization Violation'".utf8).span)), server: failure.server)
        #expect(
            NATSError(refusal).description
                == "authenticationFailed: the server reported 'Authorization Violation' [server: nats://a:4222]")
        let lost = NATSError(failure, code: .connectionLost, message: "the connection was lost")
        #expect(
            lost.description.hasSuffix("the connection was lost [server: nats://a:4222] [cause: the server no longer answers]"))
    }

    @Test(arguments: TestBackend.available)
    func aHandlersMessagesAreCounted(backend: TestBackend) async throws {
        let script = .handshake + [.expect(line: "SUB a 1"), .send("MSG a 1 3\r\nabc\r\nMSG a 1 0\r\n\r\n")]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let subscription = try await nats.subscribe("a", confirmed: false) { _ in }
                try await eventually("both came") { subscription.receivedMessages == 2 }
                #expect(subscription.receivedBytes == 5)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func everyPartOfTheAccountIsVisible(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake) { server in
            try await withClient(server, backend) { nats in
                try await nats.publish("a", "x")
                try await eventually("it is written") { nats.statistics.publishesWritten == 1 }
                let statistics = nats.statistics
                #expect(statistics.publishesUnconfirmed == 1 && statistics.publishesPending == 0)
            }
        }
    }
}
