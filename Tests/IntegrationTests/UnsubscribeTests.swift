import NATSClient
import TestSupport
import Testing

@Suite("Unsubscribe") struct UnsubscribeTests {
    @Test("what had arrived before unsubscribe is still delivered, then the sequence ends", arguments: Backend.tested)
    func leftovers(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            for number in 0..<100 { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            subscription.unsubscribe()
            subscription.unsubscribe()
            try await nats.publish("n", "late")
            try await nats.flush()
            #expect(try await subscription.remainder() == (0..<100).map(String.init))
            #expect(try await subscription.next() == nil)
        }
    }

    @Test("the server forgets a subscription whose handle is dropped", arguments: Backend.tested)
    func dropped(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.isMonitored = true }) { bench in
            let nats = try await bench.connect()
            var subscription: Subscription? = try await nats.subscribe("unique.dropped")
            let subscriptions = {
                try bench.server.monitor("/connz?subs=1", as: ConnectionsPage.self).connections.first?
                    .subscriptionsList ?? []
            }
            #expect(try subscriptions().contains("unique.dropped"))
            withExtendedLifetime(subscription) {}
            subscription = nil
            try await eventually("the server forgets it") { try !subscriptions().contains("unique.dropped") }
            #expect(nats.status == .connected)
        }
    }

    @Test("an inline subscription lives without its handle", arguments: Backend.tested)
    func inlineDropped(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let seen = Counter()
            _ = try await nats.subscribe("n") { _ in seen.increase() }
            try await nats.publish("n")
            try await nats.flush()
            #expect(seen.value == 1)
        }
    }

    @Test("auto-unsubscribe delivers exactly as many, and the server forgets", arguments: Backend.tested)
    func automatic(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.isMonitored = true }) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            subscription.unsubscribe(after: 10)
            for number in 0..<25 { try await nats.publish("n", "\(number)") }
            #expect(try await subscription.remainder() == (0..<10).map(String.init))
            try await nats.flush()
            let page = try bench.server.monitor("/connz", as: ConnectionsPage.self)
            #expect(page.connections.first?.subscriptions == 0)
        }
    }

    @Test("auto-unsubscribe counts from the beginning, messages already received included", arguments: Backend.tested)
    func automaticWithReceived(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            for number in 0..<6 { try await nats.publish("n", "\(number)") }
            #expect(try await subscription.strings(4) == ["0", "1", "2", "3"])
            try await nats.flush()
            subscription.unsubscribe(after: 10)
            for number in 6..<20 { try await nats.publish("n", "\(number)") }
            #expect(try await subscription.remainder() == (4..<10).map(String.init))
        }
    }

    @Test("auto-unsubscribe ends at once when as many have arrived", arguments: Backend.tested, [0, 3, 5])
    func automaticReached(_ backend: Backend, _ limit: Int) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            for number in 0..<5 { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            subscription.unsubscribe(after: limit)
            try await nats.publish("n", "late")
            // What had arrived isn't taken back.
            #expect(try await subscription.remainder() == (0..<5).map(String.init))
        }
    }

    @Test("auto-unsubscribe of an inline handler is exact, even with more on the way", arguments: Backend.tested)
    func automaticInline(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let publisher = try await bench.connect()
            let seen = Counter()
            let handle = try await nats.subscribe("n") { _ in seen.increase() }
            let publishing = Task {
                for _ in 0..<20_000 { try await publisher.publish("n", "x") }
                try await publisher.flush()
            }
            try await eventually("messages flow") { seen.value > 0 }
            handle.unsubscribe(after: 15_000)
            #expect(try await handle.ended() == nil)
            try await publishing.value
            try await nats.flush()
            #expect(seen.value >= 15_000)
            // Only what had arrived before the limit was set can be more.
            if seen.value > 15_000 { #expect(seen.value <= 20_000) }
        }
    }

    @Test("draining a subscription delivers all that the server had sent, then ends", arguments: Backend.tested)
    func drain(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.isMonitored = true }) { bench in
            let nats = try await bench.connect()
            let publisher = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            for number in 0..<5_000 { try await publisher.publish("n", "\(number)") }
            try await publisher.flush()
            try await subscription.drain()
            try await publisher.publish("n", "late")
            try await publisher.flush()
            #expect(try await subscription.remainder() == (0..<5_000).map(String.init))
            #expect(nats.status == .connected)
            // Draining what has ended is nothing.
            try await subscription.drain()
        }
    }

    @Test("a subscription drained by two at once ends for both", arguments: Backend.tested)
    func drainTwice(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await subscription.drain(timeout: .seconds(45)) } }
                try await group.waitForAll()
            }
            #expect(try await subscription.remainder() == [])
        }
    }

    @Test("draining an inline subscription waits until the handler has seen all", arguments: Backend.tested)
    func drainInline(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let publisher = try await bench.connect()
            let seen = Counter()
            let handle = try await nats.subscribe("n") { _ in seen.increase() }
            for _ in 0..<5_000 { try await publisher.publish("n", "x") }
            try await publisher.flush()
            try await handle.drain()
            #expect(seen.value == 5_000)
            #expect(try await handle.ended() == nil)
        }
    }
}
