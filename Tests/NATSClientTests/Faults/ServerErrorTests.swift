@testable import NATSClient
import Synchronization
import TestSupport
import Testing

/// `-ERR` on a living connection: routed to whom it concerns, and never the end because of an unknown text. P6, P25.
@Suite(.timeLimit(.minutes(1))) struct ServerErrorTests {
    @Test(
        arguments: [
            "something new", "", "maximum subscriptions exceeded", "Invalid Subject", "Invalid Publish Subject",
            "Permissions Violation for Publish to \"\"", "Permissions Violation for", "\u{FF}\u{0}",
        ], TestBackend.available)
    func anErrorThatDoesNotCloseIsReportedAndTheConnectionStays(text: String, backend: TestBackend) async throws {
        let gate = ScriptGate()
        let script =
            .handshake + [
                .hold(until: gate), .send("-ERR '\(text)'\r\n"), .skip(toLineWithPrefix: "PING"), .send("PONG\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                gate.open()
                _ = try await events.next { if case .serverError(let error) = $0 { error } else { nil } }
                try await nats.flush()
                #expect(nats.status == .connected)
                #expect(nats.statistics.reconnects == 0)
            }
        }
    }

    @Test(
        arguments: [
            "Stale Connection", "Maximum Payload Violation", "Authentication Timeout", "User Authentication Expired",
            "Authorization Violation", "maximum connections exceeded", "Unknown Protocol Operation",
        ], TestBackend.available)
    func anErrorThatClosesLeadsToAReconnectAndIsItsCause(text: String, backend: TestBackend) async throws {
        for end in [ScriptStep.close, .reset] {
            let gate = ScriptGate()
            try await withScriptedServer(
                .handshake + [.hold(until: gate), .send("-ERR '\(text)'\r\n"), end], .handshake
            ) { server in
                try await withClient(server, backend) { nats in
                    let events = EventLog(nats)
                    gate.open()
                    let report = try await events.disconnected()
                    #expect(report.cause.serverError?.text == text)
                    try await events.reconnected()
                }
            }
        }
    }

    /// The same, while the client writes: a send that fails must not hide what the server said before.
    @Test(arguments: TestBackend.available)
    func theCauseIsKnownAlsoWhenASendFailsFirst(backend: TestBackend) async throws {
        for _ in 0..<30 {
            let script =
                .handshake + [
                    .skip(toLineWithPrefix: "PUB go"), .send("-ERR 'Maximum Payload Violation'\r\n"), .reset,
                ]
            try await withScriptedServer(script, .handshake) { server in
                try await withClient(server, backend) { nats in
                    let events = EventLog(nats)
                    try await nats.publish("go", "")
                    let noise = Task {
                        while nats.status == .connected, nats.statistics.reconnects == 0 {
                            try? await nats.publish("noise", "x")
                            await Task.yield()
                        }
                    }
                    let report = try await events.disconnected()
                    #expect(report.cause.serverError?.text == "Maximum Payload Violation", "\(report.cause)")
                    noise.cancel()
                    try await events.reconnected()
                }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aServerThatAnnouncesTheEndAndStaysIsLeft(backend: TestBackend) async throws {
        try await withScriptedServer(.handshake + [.send("-ERR 'Stale Connection'\r\n")], .handshake) { server in
            try await withClient(server, backend) { nats in
                try await eventually("another connection is made") { server.connections.count == 2 }
                try await eventually("connected again") { nats.status == .connected }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func credentialsRefusedAgainAndAgainDoNotEndAReconnect(backend: TestBackend) async throws {
        let refusal: [ScriptStep] =
            [.send(ScriptedServer.defaultINFO)] + .expectConnectAndPing
            + [.send("-ERR 'Authorization Violation'\r\n"), .close]
        try await withScriptedServer(.handshake + [.close], refusal, refusal, refusal, refusal, .handshake) { server in
            try await withClient(server, backend) { nats in
                try await eventually("connected again") { nats.statistics.reconnects == 1 }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func expiredCredentialsAreReplacedByFreshOnes(backend: TestBackend) async throws {
        let attempts = Mutex(0)
        let gate = ScriptGate()
        let expiry: [ScriptStep] = [.hold(until: gate), .send("-ERR 'User Authentication Expired'\r\n"), .close]
        try await withScriptedServer(.handshake + expiry, .handshake) { server in
            try await withClient(server, backend) {
                $0.authentication = .provider { _ in
                    .user("ann", password: "\(attempts.withLock { count in count += 1; return count })")
                }
            } _: { nats in
                let events = EventLog(nats)
                gate.open()
                let cause = try await events.next { if case .disconnected(let report) = $0 { report.cause } else { nil } }
                #expect(cause.code == .connectionLost && "\(cause)".contains("User Authentication Expired"))
                try await events.reconnected()
                let proofs = server.connections.map { $0.text }
                #expect(proofs[0].contains(#""pass":"1""#) && proofs[1].contains(#""pass":"2""#))
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func givingUpOnRefusedCredentialsEndsEverythingWithTheCause(backend: TestBackend) async throws {
        let refusal: [ScriptStep] =
            [.send(ScriptedServer.defaultINFO)] + .expectConnectAndPing
            + [.send("-ERR 'Authorization Violation'\r\n"), .close]
        let gate = ScriptGate()
        try await withScriptedServer(.handshake + [.hold(until: gate), .close], refusal, refusal) { server in
            try await withClient(server, backend) {
                $0.reconnect.givesUpOnRepeatedAuthenticationFailure = true
            } _: { nats in
                let events = EventLog(nats)
                let subscription = try await nats.subscribe("a", confirmed: false)
                gate.open()
                let cause = try await events.next { event -> NATSError?? in
                    if case .closed(let error) = event { .some(error) } else { nil }
                }
                #expect(cause?.code == .authenticationFailed)
                let thrown = await natsError { _ = try await subscription.next() }
                #expect(thrown?.code == .connectionClosed)
                let refused = await natsError { try await nats.publish("a", "") }
                #expect(refused?.code == .connectionClosed)
                #expect((refused?.underlying as? NATSError)?.code == .authenticationFailed)
            }
        }
    }
}
