import NATSClient
import TestSupport
import Testing

@Suite("Lame duck") struct LameDuckTests {
    @Test("a server that is going to stop is announced before it closes the connection", arguments: Backend.tested)
    func event(_ backend: Backend) async throws {
        // Longer than the pause before the move, also where the test is paused.
        let patient = NATSServerOptions.with { $0.lameDuckGracePeriod = .seconds(20) }
        try await withBench(backend, patient) { bench in
            try await withNATSServer { second in
                let nats = try await bench.connect("\(bench.server.url),\(second.url)") {
                    $0.keepsServerOrder = true
                    $0.reconnect.moveJitter = .milliseconds(50)
                }
                let log = EventLog(nats)
                let subscription = try await nats.subscribe("n")
                bench.server.lameDuck()
                let server = try await log.first("announced") { $0.lameDuckServer }
                #expect(server == bench.server.url)
                _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
                #expect(nats.connectedServer == second.url)
                #expect(log.matching { $0.lameDuckServer }.count == 1)
                #expect(log.matching { $0.disconnectReport }.isEmpty)
                try await nats.publish("n", "x")
                #expect(try await subscription.required().string == "x")
                await nats.close()
            }
        }
    }
}
