@testable import NATSClient
import TestSupport
import Testing

/// Permission violations reach exactly whom they concern. Pain point P25.
@Suite(.timeLimit(.minutes(1))) struct PermissionTests {
    private struct Case: Sendable {
        let text: String
        /// Index of the subscription that must end; of four: `a`, `a` in group `q`, `b`, `a` again.
        let victim: Int?
    }

    private static let cases = [
        Case(text: #"Permissions Violation for Subscription to "a""#, victim: 0),
        Case(text: #"Permissions Violation for Subscription to "a" using queue "q""#, victim: 1),
        Case(text: #"Permissions Violation for Subscription to "b""#, victim: 2),
        Case(text: #"Permissions Violation for Subscription to "c""#, victim: nil),
        Case(text: #"Permissions Violation for Subscription to "b" using queue "q""#, victim: nil),
        Case(text: #"Permissions Violation for Subscription to "a" (sid "4")"#, victim: 3),
        Case(text: #"Permissions Violation for Subscription to "a" using queue "q" (sid "2")"#, victim: 1),
        Case(text: #"Permissions Violation for Subscription to "b", too many tokens"#, victim: 2),
    ]

    @Test(arguments: cases.indices, TestBackend.available)
    func aRefusedSubscriptionEndsAndTheOthersStay(index: Int, backend: TestBackend) async throws {
        let example = Self.cases[index]
        let gate = ScriptGate()
        let script =
            .handshake + [
                .expect(line: "SUB a 1"), .expect(line: "SUB a q 2"), .expect(line: "SUB b 3"), .expect(line: "SUB a 4"),
                .hold(until: gate), .send("-ERR '\(example.text)'\r\n"),
                .send((1...4).map { "MSG x \($0) 1\r\n\($0)\r\n" }.joined()),
                .skip(toLineWithPrefix: "PING"), .send("PONG\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                var subscriptions: [Subscription] = []
                for (subject, group) in [("a", nil), ("a", "q"), ("b", nil), ("a", nil)] as [(String, String?)] {
                    subscriptions.append(
                        try await nats.subscribe(subject, queueGroup: group, confirmed: false))
                }
                gate.open()
                try await nats.flush()
                for (index, subscription) in subscriptions.enumerated() {
                    if index == example.victim {
                        let error = await natsError { _ = try await subscription.next() }
                        #expect(error?.code == .permissionViolation)
                        #expect(error?.subject == subscription.subject)
                        #expect(error?.serverError?.text == example.text)
                    } else {
                        #expect(try await subscription.next()?.string == "\(index + 1)")
                    }
                }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aRefusalIsThrownByTheSubscribeThatWaitsForItsConfirmation(backend: TestBackend) async throws {
        let script =
            .handshake + [
                .expect(line: "SUB a 1"), .expect(line: "PING"),
                .send("-ERR 'Permissions Violation for Subscription to \"a\"'\r\nPONG\r\n"),
                .expect(line: "SUB a 1048577"), .expect(line: "PING"), .send("PONG\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let error = await natsError { _ = try await nats.subscribe("a") }
                #expect(error?.code == .permissionViolation)
                // The same subject again is another subscription, and not refused this time.
                _ = try await nats.subscribe("a")
                try await server.finish()
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aRefusedPublishIsAnEventAndEndsTheRequestsOnItsSubjectOnly(backend: TestBackend) async throws {
        let script =
            .handshake + [
                .expect(prefix: "SUB _INBOX."), .skip(toLineWithPrefix: "PUB secret "), .skip(toLineWithPrefix: "PUB open "),
                .send("-ERR 'Permissions Violation for Publish to \"secret\"'\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let events = EventLog(nats)
                let refused = Task { await natsError { _ = try await nats.request("secret", "x") } }
                try await eventually("the request is on its way") {
                    server.connections.first?.text.contains("PUB secret") == true
                }
                let open = Task { try await nats.request("open", "x") }
                #expect(await refused.value?.code == .permissionViolation)
                let subject = try await events.next {
                    if case .publishDenied(let subject, _) = $0 { subject } else { nil }
                }
                #expect(subject == "secret")
                #expect(nats.statistics.waitingCalls == 1)
                open.cancel()
                await #expect(throws: CancellationError.self) { try await open.value }
                #expect(nats.statistics.waitingCalls == 0)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aRefusedReplySubjectEndsExactlyItsRequest(backend: TestBackend) async throws {
        let script =
            .handshake + [
                .expect(prefix: "SUB _INBOX."), .expect(prefix: "PUB a _INBOX."),
                .reply { line in
                    let reply = line.split(separator: " ")[2]
                    return "-ERR 'Permissions Violation for Publish with Reply of \"\(reply)\"'\r\n"
                },
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let error = await natsError { _ = try await nats.request("a", "x") }
                #expect(error?.code == .permissionViolation)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aRefusedRequestInboxEndsTheRequestAndIsTriedAgainByTheNext(backend: TestBackend) async throws {
        let script =
            .handshake + [
                .expect(prefix: "SUB _INBOX."),
                .reply { line in
                    let subject = line.split(separator: " ")[1]
                    return "-ERR 'Permissions Violation for Subscription to \"\(subject)\"'\r\n"
                },
                .skip(toLineWithPrefix: "SUB _INBOX."),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let error = await natsError { _ = try await nats.request("a", "x") }
                #expect(error?.code == .permissionViolation)
                let again = Task { try await nats.request("a", "x") }
                try await server.finish()
                again.cancel()
                await #expect(throws: CancellationError.self) { try await again.value }
            }
        }
    }
}
