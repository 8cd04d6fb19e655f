@testable import NATSClient
import TestSupport
import Testing

/// A peer that lies or floods harms neither our counters nor our memory.
@Suite(.timeLimit(.minutes(1))) struct HostilePeerTests {
    @Test(arguments: TestBackend.available)
    func aPongForAPingThatWasNeverSentFalsifiesNoCounter(backend: TestBackend) async throws {
        let (lie, leave) = (ScriptGate(), ScriptGate())
        let scripts: [[ScriptStep]] = [
            .handshake + [.hold(until: lie), .send("PONG\r\n"), .hold(until: leave), .reset],
            .handshake + [.skip(toLineWithPrefix: "PUB end"), .stall],
        ]
        try await withScriptedServer(scripts[0], scripts[1]) { server in
            try await withClient(server, backend) {
                $0.socket.sendBufferSize = 8192
                $0.outbound.highWaterBytes = 64 << 20
                $0.outbound.whileDisconnected = .replay(maxBytes: 64 << 20)
            } _: { nats in
                let core = nats.core
                // In one batch, with a PING behind 200 publishes of which the kernel takes a part.
                let flush = try core.register(.flush, subject: "", deadline: .distantFuture)
                core.onDriver { _, _ in
                    let payload = String(repeating: "x", count: 60_000)
                    for _ in 0..<200 { try? nats.publish("a", payload) }
                    core.stage.lock()
                    core.stage.value.appendFlush(waiter: flush)
                    core.stage.unlock()
                }
                try await eventually("all are accepted") { nats.statistics.publishesAccepted == 200 }
                lie.open()
                try await eventually("the lie is read") { nats.statistics.publishesFenced == 200 }
                let events = EventLog(nats)
                leave.open()
                let report = try await events.disconnected()
                #expect(report.pending > 0 && report.pending <= 200)
                try nats.outbound.publish("end", "")
                try await eventually("all are written") { nats.statistics.publishesPending == 0 }
                let statistics = nats.statistics
                #expect(statistics.publishesAccepted == 201)
                #expect(statistics.publishesDiscarded == 0)
                #expect(
                    statistics.publishesFenced + statistics.publishesLostUnknown + statistics.publishesUnconfirmed
                        == 201)
                try await server.finish()
            }
        }
    }

    /// The answers to PINGs are held for a peer that doesn't read; not without bound.
    @Test(arguments: TestBackend.available)
    func aPeerThatSendsPingsAndNeverReadsIsLeft(backend: TestBackend) async throws {
        let flood = ScriptGate()
        let pings = String(repeating: "PING\r\n", count: 200_000)
        let scripts: [[ScriptStep]] = [.handshake + [.hold(until: flood), .send(pings), .stall], .handshake]
        try await withScriptedServer(scripts[0], scripts[1]) { server in
            try await withClient(server, backend) {
                $0.socket.sendBufferSize = 8192
            } _: { nats in
                let events = EventLog(nats)
                let payload = [UInt8](repeating: 120, count: 60_000)
                for _ in 0..<100 { try await nats.publish("a", payload) }
                flood.open()
                let report = try await events.disconnected()
                #expect(report.cause.description.contains("PING"), "\(report.cause)")
                try await events.reconnected()
            }
        }
    }
}
