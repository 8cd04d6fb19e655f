import NATSClient
import TestSupport
import Testing

@Suite("Overflow") struct OverflowTests {
    private static func publish(_ nats: NATSConnection, _ range: Range<Int>, to subject: String = "n") async throws {
        for number in range { try await nats.publish(subject, "\(number)") }
        try await nats.flush()
    }

    @Test("dropNewest keeps the oldest, with exact counts and one event per episode", arguments: Backend.tested)
    func dropNewest(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n", limits: .init(messages: 10))
            try await Self.publish(nats, 0..<25)
            try await Self.publish(nats, 25..<30)
            var statistics = subscription.statistics
            #expect(statistics.received == 30)
            #expect(statistics.pendingMessages == 10)
            #expect(statistics.highWaterMessages == 10)
            #expect(statistics.droppedMessages == 20)
            // Subject and two digits each.
            #expect(statistics.droppedBytes == 20 * 3)
            #expect(nats.statistics.messagesDropped == 20)
            #expect(try await subscription.strings(10) == (0..<10).map(String.init))
            try await Self.publish(nats, 100..<101)
            let recovered = try await log.first("recovered") { $0.recovered }
            #expect(recovered.subject == "n")
            #expect(recovered.droppedMessages == 20)
            #expect(recovered.droppedBytes == 60)
            #expect(log.matching { $0.slowConsumer }.count == 1)
            // A second episode is a second event.
            try await Self.publish(nats, 101..<115)
            try await eventually("the second episode is reported") { log.matching { $0.slowConsumer }.count == 2 }
            #expect(try await subscription.strings(10) == (100..<110).map(String.init))
            statistics = subscription.statistics
            #expect(statistics.droppedMessages == 25)
            #expect(statistics.pendingBytes == 0)
        }
    }

    @Test("dropOldest keeps the newest, with exact counts", arguments: Backend.tested)
    func dropOldest(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let subscription = try await nats.subscribe(
                "n", queueGroup: "g", limits: .init(messages: 10, overflow: .dropOldest))
            try await Self.publish(nats, 0..<25)
            #expect(subscription.statistics.droppedMessages == 15)
            #expect(subscription.statistics.pendingMessages == 10)
            #expect(try await subscription.strings(10) == (15..<25).map(String.init))
            let report = try await log.first("reported") { $0.slowConsumer }
            #expect(report.queueGroup == "g")
            #expect(log.matching { $0.slowConsumer }.count == 1)
        }
    }

    @Test("fail delivers what waits, then throws, and the server forgets", arguments: Backend.tested)
    func fail(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.isMonitored = true }) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n", limits: .init(messages: 10, overflow: .fail))
            try await Self.publish(nats, 0..<25)
            #expect(try await subscription.strings(10) == (0..<10).map(String.init))
            let error = await expectError(.slowConsumer) { try await subscription.next() }
            #expect(error?.subject == "n")
            await expectError(.slowConsumer) { for try await _ in subscription.batches {} }
            try await nats.flush()
            let page = try bench.server.monitor("/connz", as: ConnectionsPage.self)
            #expect(page.connections.first?.subscriptions == 0)
            #expect(nats.status == .connected)
        }
    }

    @Test("a limit in bytes is as exact as one in messages", arguments: Backend.tested)
    func bytes(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            // Subject and payload: 101 bytes each, so ten of them fit.
            let subscription = try await nats.subscribe("n", limits: .init(bytes: 1_019))
            for seed in 0..<30 { try await nats.publish("n", pattern(100, seed: seed)) }
            try await nats.flush()
            #expect(subscription.statistics.pendingMessages == 10)
            #expect(subscription.statistics.pendingBytes == 1_010)
            #expect(subscription.statistics.droppedMessages == 20)
            #expect(subscription.statistics.droppedBytes == 20 * 101)
            for seed in 0..<10 { #expect(try await Array(subscription.required().payload) == pattern(100, seed: seed)) }
        }
    }

    @Test("the connection's limits hold for subscriptions that name none", arguments: Backend.tested)
    func defaults(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect { $0.subscription = .init(messages: 3, overflow: .dropOldest) }
            let subscription = try await nats.subscribe("n")
            try await Self.publish(nats, 0..<5)
            #expect(try await subscription.strings(3) == ["2", "3", "4"])
        }
    }

    @Test("auto-unsubscribe counts what the server counts: dropped messages, too", arguments: Backend.tested)
    func withLimit(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n", limits: .init(messages: 4))
            subscription.unsubscribe(after: 10)
            try await Self.publish(nats, 0..<20)
            #expect(try await subscription.remainder() == ["0", "1", "2", "3"])
            #expect(subscription.statistics.received == 10)
            #expect(subscription.statistics.droppedMessages == 6)
        }
    }

    @Test("a subscriber that never reads hurts nobody else (P13)", arguments: Backend.tested)
    func slowNeighbour(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let stuck = try await nats.subscribe("n", limits: .init(messages: 100))
            let seen = Counter()
            try await nats.subscribe("n") { _ in seen.increase() }
            let healthy = try await nats.subscribe("n")
            let publisher = try await bench.connect()
            for number in 0..<20_000 { try await publisher.publish("n", "\(number)") }
            try await publisher.flush()
            #expect(try await healthy.strings(20_000) == (0..<20_000).map(String.init))
            #expect(seen.value == 20_000)
            #expect(stuck.statistics.received == 20_000)
            #expect(stuck.statistics.droppedMessages == 19_900)
            #expect(try await nats.roundTripTime() < .seconds(5))
        }
    }
}
