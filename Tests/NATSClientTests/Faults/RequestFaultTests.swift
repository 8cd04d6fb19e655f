@testable import NATSClient
import Synchronization
import TestSupport
import Testing

/// Pain point P28: replies that reach the wrong request, or keep an entry for ever.
@Suite(.timeLimit(.minutes(1))) struct RequestFaultTests {
    /// `PUB subject reply size` → the reply subject.
    private static func reply(of line: String) -> Substring { line.split(separator: " ")[2] }

    private static func expectReply(
        _ text: String, to subject: String, _ nats: NATSConnection, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let reply = try await nats.request(subject, "")
        #expect(reply.string == text, sourceLocation: sourceLocation)
    }

    private static let inbox: [ScriptStep] = .handshake + [.expect(prefix: "SUB _INBOX.")]

    @Test(arguments: TestBackend.available)
    func theTokenIsNeverUsedAgainAndLateAndDoubleRepliesAreCounted(backend: TestBackend) async throws {
        let first = Mutex("")
        let script =
            Self.inbox + [
                .expect(prefix: "PUB a "),
                .reply { line in
                    first.withLock { $0 = String(Self.reply(of: line)) }
                    return (0..<3).map { "MSG \(Self.reply(of: line)) 1 1\r\n\($0)\r\n" }.joined()
                },
                .skip(toLineWithPrefix: "PUB b "),
                .reply { line in
                    let late = first.withLock { $0 }
                    return "MSG \(late) 1 4\r\nlate\r\nMSG \(Self.reply(of: line)) 1 2\r\nok\r\n"
                },
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                try await Self.expectReply("0", to: "a", nats)
                try await Self.expectReply("ok", to: "b", nats)
                #expect(nats.statistics.orphanReplies == 3)
                #expect(nats.statistics.waitingCalls == 0)
                let replies =
                    server.connections.first?.text.split(separator: "\r\n")
                    .filter { $0.hasPrefix("PUB ") }.map { Self.reply(of: String($0)) } ?? []
                #expect(Set(replies).count == 2)
                #expect(server.connections.first?.text.split(separator: "\r\n").count { $0.hasPrefix("SUB ") } == 1)
            }
        }
    }

    @Test(
        arguments: ["MAPPED.reply", "x", "_INBOX.other.thing", "mapped.inbox.0123456789012345678901234567890123"],
        TestBackend.available)
    func aReplyWithARewrittenSubjectReachesTheOnlyRequest(subject: String, backend: TestBackend) async throws {
        let script = Self.inbox + [.expect(prefix: "PUB a "), .send("MSG \(subject) 1 2\r\nok\r\n")]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                try await Self.expectReply("ok", to: "a", nats)
            }
        }
    }

    /// As long as the inbox, and ending like a token of ours.
    @Test(arguments: TestBackend.available)
    func aRewrittenSubjectThatEndsLikeATokenReachesTheOnlyRequest(backend: TestBackend) async throws {
        let script =
            Self.inbox + [
                .expect(prefix: "PUB a "),
                .reply { line in
                    let count =
                        Self.reply(of: line).lastIndex(of: ".").map { Self.reply(of: line)[...$0].utf8.count } ?? 0
                    return "MSG \(String(repeating: "x", count: count))VVV 1 2\r\nok\r\n"
                },
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                try await Self.expectReply("ok", to: "a", nats)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aRewrittenSubjectWithTwoRequestsWaitingIsAnOrphan(backend: TestBackend) async throws {
        let script =
            Self.inbox + [
                .expect(prefix: "PUB a "), .skip(toLineWithPrefix: "PUB a "), .send("MSG mapped 1 2\r\nno\r\n"),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let requests = (0..<2).map { _ in Task { try await nats.request("a", "") } }
                try await eventually("the reply came") { nats.statistics.orphanReplies == 1 }
                #expect(nats.statistics.waitingCalls == 2)
                for request in requests { request.cancel() }
                for request in requests { await #expect(throws: CancellationError.self) { try await request.value } }
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func noRespondersNamesTheSubjectOfItsHeader(backend: TestBackend) async throws {
        let status = "NATS/1.0 503\r\nNats-Subject: mapped.a\r\n\r\n"
        let plain = "NATS/1.0 503\r\n\r\n"
        let script =
            Self.inbox + [
                .expect(prefix: "PUB a "),
                .reply { "HMSG \(Self.reply(of: $0)) 1 \(status.utf8.count) \(status.utf8.count)\r\n\(status)\r\n" },
                .skip(toLineWithPrefix: "PUB a "),
                .reply { "HMSG \(Self.reply(of: $0)) 1 \(plain.utf8.count) \(plain.utf8.count)\r\n\(plain)\r\n" },
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let mapped = await natsError { _ = try await nats.request("a", "") }
                #expect(mapped?.code == .noResponders)
                #expect(mapped?.subject == "mapped.a")
                let direct = await natsError { _ = try await nats.request("a", "") }
                #expect(direct?.code == .noResponders)
                #expect(direct?.subject == "a")
            }
        }
    }

    @Test(arguments: ["NATS/1.0 503\r\n\r\n", "NATS/1.0 404\r\n\r\n"], TestBackend.available)
    func aStatusWithAPayloadOrOfAnotherKindIsAReply(headers: String, backend: TestBackend) async throws {
        let payload = headers.contains("503") ? "busy" : ""
        let total = headers.utf8.count + payload.utf8.count
        let script =
            Self.inbox + [
                .expect(prefix: "PUB a "),
                .reply { "HMSG \(Self.reply(of: $0)) 1 \(headers.utf8.count) \(total)\r\n\(headers)\(payload)\r\n" },
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let reply = try await nats.request("a", "")
                #expect(reply.string == payload)
                #expect(reply.status != nil)
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func aRequestSurvivesAReconnectOrFailsAtOnceAsThePolicySays(backend: TestBackend) async throws {
        let first = Mutex("")
        let lost =
            Self.inbox + [
                .expect(prefix: "PUB a "),
                .reply { line in
                    first.withLock { $0 = String(Self.reply(of: line)) }
                    return ""
                }, .close,
            ]
        let answer =
            Self.inbox + [
                .expect(line: "PING"), .send("PONG\r\n"), .reply { _ in "MSG \(first.withLock { $0 }) 1 2\r\nok\r\n" },
            ]
        try await withScriptedServer(lost, answer) { server in
            try await withClient(server, backend) { nats in
                try await Self.expectReply("ok", to: "a", nats)
            }
        }
        try await withScriptedServer(lost, Self.inbox) { server in
            try await withClient(server, backend) {
                $0.requestsOnDisconnect = .fail
            } _: { nats in
                let error = await natsError { _ = try await nats.request("a", "") }
                #expect(error?.code == .connectionLost)
                #expect(nats.statistics.waitingCalls == 0)
                try await server.finish()
            }
        }
    }

    @Test(arguments: TestBackend.available)
    func timedOutAndCancelledRequestsLeaveNothing(backend: TestBackend) async throws {
        try await withScriptedServer(Self.inbox) { server in
            try await withClient(server, backend) { nats in
                let tasks = (0..<500).map { index in
                    Task { try await nats.request("a", "", timeout: .milliseconds(index % 7)) }
                }
                for (index, task) in tasks.enumerated() where index % 3 == 0 { task.cancel() }
                for task in tasks { await #expect(throws: (any Error).self) { try await task.value } }
                #expect(nats.statistics.waitingCalls == 0)
                nats.core.stage.lock()
                let early = nats.core.stage.value.earlyCompletions.count
                nats.core.stage.unlock()
                #expect(early == 0)
            }
        }
    }
}
