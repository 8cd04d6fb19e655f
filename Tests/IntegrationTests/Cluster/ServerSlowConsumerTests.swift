import NATSClient
import TestSupport
import Testing

@Suite("The server cuts a slow consumer off") struct ServerSlowConsumerTests {
    @Test("we come back, with our subscriptions, and nothing is delivered twice", arguments: Backend.tested)
    func cutOff(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.isMonitored = true
            $0.writeDeadline = .milliseconds(300)
            $0.maximumPayload = 100_000
            $0.maximumPending = 1_000_000
        }
        let tally = Tally(200_000)
        try await withBench(backend, options) { bench in
            try await withCuttingProxy(to: bench.server.port) { proxy in
                let nats = try await bench.connect(proxy.url)
                let log = EventLog(nats)
                try await nats.subscribe("n") { view in tally.add(Int(view.string.prefix(6)) ?? -1) }
                let filler = String(repeating: " ", count: 50_000)
                let publisher = try await bench.connect()
                proxy.setPartitioned(true)
                var number = 100_000
                try await eventually("the server has lost its patience") {
                    // Until the buffers of the kernel, and then those of the server, are full.
                    for _ in 0..<20 {
                        try await publisher.publish("n", "\(number)" + filler)
                        number += 1
                    }
                    return try bench.server.monitor("/varz", as: ServerPage.self).slowConsumers >= 1
                }
                proxy.setPartitioned(false)
                _ = try await log.first("lost", within: .seconds(30)) { $0.disconnectReport }
                _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
                let before = tally.arrived
                try await publisher.publish("n", "000007")
                try await eventually("the subscription lives") { tally.arrived(in: 7..<8) == 1 }
                #expect(before <= number - 100_000)
                #expect(tally.duplicates == 0)
            }
        }
    }
}
