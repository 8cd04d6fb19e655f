import NATSClient
import TestSupport
import Testing

@Suite("Flush") struct FlushTests {
    @Test("after a flush the server has everything that was published before", arguments: Backend.tested)
    func fence(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.isMonitored = true }) { bench in
            let nats = try await bench.connect()
            for round in 1...5 {
                for _ in 0..<1_000 { try await nats.publish("n", "x") }
                try await nats.flush()
                let page = try bench.server.monitor("/connz", as: ConnectionsPage.self)
                #expect(page.connections.first?.inMsgs == round * 1_000)
                let statistics = nats.statistics
                #expect(statistics.publishesFenced == UInt64(round * 1_000))
                #expect(statistics.publishesUnconfirmed == 0)
                #expect(statistics.publishesPending == 0)
            }
            #expect(nats.statistics.sends < 2_500, "messages are gathered")
        }
    }

    @Test("many flushes at once all return", arguments: Backend.tested)
    func concurrent(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<300 {
                    group.addTask {
                        try await nats.publish("n", "x")
                        try await nats.flush()
                    }
                }
                try await group.waitForAll()
            }
            #expect(nats.statistics.publishesFenced == 300)
        }
    }

    @Test("a server that doesn't answer: flush ends by its deadline, or by cancellation", arguments: Backend.tested)
    func deadline(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let proxy = try CuttingProxy(
                upstreamPort: bench.server.port, cuts: [[.init(.clientToServer, afterBytes: 1_000, .blackhole)]])
            defer { proxy.stop() }
            let nats = try await bench.connect("nats://127.0.0.1:\(proxy.port)")
            try await nats.publish("n", pattern(2_000))
            await expectError(.timedOut) { try await nats.flush(timeout: .milliseconds(50)) }
            let waiting = Task { try await nats.flush() }
            try await eventually("it waits") { nats.statistics.waitingCalls == 1 }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(nats.statistics.publishesUnconfirmed == 1)
            nats.abort()
        }
    }

    @Test("the round trip is measured, also behind a full stage", arguments: Backend.tested)
    func roundTrip(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            for _ in 0..<100 { #expect(try await nats.roundTripTime() > .zero) }
            for _ in 0..<5_000 { try await nats.publish("n", pattern(100)) }
            #expect(try await nats.roundTripTime() < .seconds(10))
        }
    }

    @Test("a publish leaves without a flush, and kick does no harm", arguments: Backend.tested)
    func kick(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            for _ in 0..<100 {
                nats.kick()
                try await nats.publish("n", "x")
                #expect(try await subscription.required().string == "x")
            }
            await nats.close()
            nats.kick()
        }
    }

    @Test("an idle connection makes no turns", arguments: Backend.tested)
    func idle(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            try await nats.flush()
            // Until the server's own first PING has been answered and nothing moves any more.
            let isIdle = try await holds(within: .seconds(45)) {
                let before = bench.loop.statistics.turns
                return try await !holds(within: .milliseconds(150)) { bench.loop.statistics.turns != before }
            }
            #expect(isIdle)
        }
    }
}
