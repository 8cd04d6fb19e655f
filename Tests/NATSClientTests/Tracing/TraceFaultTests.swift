@testable import NATSClient
import TestSupport
import Testing

/// Servers that don't trace, or not to the end.
@Suite("Traces that don't come", .timeLimit(.minutes(1))) struct TraceFaultTests {
    @Test("an old server is named, and nothing is published to it", arguments: TestBackend.available)
    func oldServer(backend: TestBackend) async throws {
        let info = ScriptedServer.info(extraFields: #""version":"2.10.29""#)
        try await withScriptedServer([.send(info)] + .expectConnectAndPing + [.send("PONG\r\n"), .awaitClientClose]) { server in
            try await withClient(server, backend) { nats in
                let error = await natsError { _ = try await nats.trace("a") }
                #expect(error?.code == .configuration && error?.message.contains("2.10.29") == true)
                #expect(nats.statistics.publishesAccepted == 0)
            }
        }
    }

    @Test("without any report the time is over; with some of them they are the result", arguments: TestBackend.available)
    func timedOut(backend: TestBackend) async throws {
        let report = #"{"server":{"name":"n"},"request":{},"hops":1,"events":[]}"#
        let script: [ScriptStep] =
            .handshake + [
                .expect(prefix: "SUB _INBOX."), .expect(line: "PING"), .send("PONG\r\n"), .skip(toLineWithPrefix: "HPUB a "),
                .skip(toLineWithPrefix: "SUB _INBOX."),
                .reply { line in
                    let words = line.split(separator: " ")
                    return "PONG\r\nMSG \(words[1]) \(words[2]) \(report.utf8.count)\r\n\(report)\r\n"
                },
                .skip(toLineWithPrefix: "HPUB b "),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let error = await natsError { _ = try await nats.trace("a", timeout: .milliseconds(100)) }
                #expect(error?.code == .timedOut && error?.message.contains("no server") == true)
                let trace = try await nats.trace("b", timeout: .milliseconds(100))
                #expect(!trace.isComplete && trace.reports.map(\.server.name) == ["n"])
            }
        }
    }

    @Test("a trace can be cancelled, and ends with the connection", arguments: TestBackend.available)
    func cancelled(backend: TestBackend) async throws {
        let script: [ScriptStep] =
            .handshake + [
                .expect(prefix: "SUB _INBOX."), .expect(line: "PING"), .send("PONG\r\n"), .skip(toLineWithPrefix: "HPUB a "),
            ]
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let trace = Task { try await nats.trace("a", timeout: .seconds(3_600)) }
                try await server.finish()
                trace.cancel()
                await #expect(throws: CancellationError.self) { try await trace.value }
            }
        }
        try await withScriptedServer(script) { server in
            try await withClient(server, backend) { nats in
                let trace = Task { await natsError { _ = try await nats.trace("a", timeout: .seconds(3_600)) } }
                try await server.finish()
                await nats.abortAndWait()
                #expect(await trace.value?.code == .connectionClosed)
            }
        }
    }
}
