import NATSClient
import TestSupport
import Testing

@Suite("Drain") struct DrainTests {
    @Test("a drain under load loses nothing", arguments: Backend.tested)
    func underLoad(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let publisher = try await bench.connect()
            let observer = try await bench.connect()
            let forwarded = Counter()
            try await observer.subscribe("out") { _ in forwarded.increase() }
            let subscription = try await nats.subscribe("in")
            let inline = Counter()
            try await nats.subscribe("in") { _ in
                inline.increase()
                try? nats.outbound.publish("out", "x")
            }
            let consumed = Counter()
            let answered = Counter()
            let consumer = Task {
                for try await _ in subscription {
                    consumed.increase()
                    do {
                        try await nats.publish("out", "y")
                        answered.increase()
                    } catch let error as NATSError where error.code == .draining && consumed.value == 10_000 {
                        // A drain waits until the last message is taken, not until it is worked on.
                    }
                }
            }
            for _ in 0..<10_000 { try await publisher.publish("in", "x") }
            try await publisher.flush()
            #expect(try await nats.drain() == .complete)
            try await consumer.value
            #expect(inline.value == 10_000)
            #expect(consumed.value == 10_000)
            let statistics = nats.statistics
            #expect(statistics.publishesFenced == statistics.publishesAccepted)
            try await observer.flush()
            try await eventually("all arrived") { forwarded.value == Int(statistics.publishesAccepted) }
            #expect(statistics.publishesAccepted == UInt64(10_000 + answered.value))
            #expect(answered.value >= 9_999)
        }
    }

    @Test("a drain waits for the consumer, who can publish until the last message", arguments: Backend.tested)
    func slowConsumer(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let observer = try await bench.connect()
            let out = try await observer.subscribe("out")
            let subscription = try await nats.subscribe("in")
            for number in 0..<20 { try await nats.publish("in", "\(number)") }
            try await nats.flush()
            let drain = Task { try await nats.drain() }
            try await eventually("draining") { nats.status == .drainingSubscriptions }
            await expectError(.draining) { try await nats.subscribe("late") }
            for number in 0..<20 {
                #expect(nats.status == .drainingSubscriptions)
                let message = try await subscription.required()
                #expect(message.string == "\(number)")
                if number < 19 { try await nats.publish("out", message.payload) }
            }
            #expect(try await drain.value == .complete)
            #expect(try await subscription.next() == nil)
            #expect(try await out.strings(19) == (0..<19).map(String.init))
            #expect(nats.status == .closed)
        }
    }

    @Test("requests work during a drain, and replies arrive", arguments: Backend.tested)
    func requests(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let responder = try await bench.connect()
            try await responder.subscribe("echo") { view in try? view.respond(view.bytes) }
            let subscription = try await nats.subscribe("in")
            for number in 0..<10 { try await nats.publish("in", "\(number)") }
            try await nats.flush()
            let drain = Task { try await nats.drain() }
            try await eventually("draining") { nats.status == .drainingSubscriptions }
            for number in 0..<9 {
                #expect(try await nats.request("echo", "\(number)").string == "\(number)")
                #expect(try await subscription.required().string == "\(number)")
            }
            #expect(try await subscription.required().string == "9")
            #expect(try await drain.value == .complete)
        }
    }

    @Test("a drain whose consumer takes nothing ends at its deadline", arguments: Backend.tested)
    func deadline(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("in")
            try await nats.publish("in", "x")
            try await nats.flush()
            #expect(try await nats.drain(timeout: .milliseconds(100)) == .timedOut(.delivery))
            #expect(nats.status == .closed)
            // What had arrived can still be taken.
            #expect(try await subscription.remainder() == ["x"])
        }
    }

    @Test("two drains at once both return; a third comes too late", arguments: Backend.tested)
    func twice(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("in")
            try await nats.publish("in", "x")
            try await nats.flush()
            async let first = nats.drain()
            async let second = nats.drain()
            try await eventually("both wait for the consumer") { nats.statistics.waitingCalls == 2 }
            #expect(try await subscription.required().string == "x")
            #expect(try await [first, second] == [.complete, .complete])
            await expectError(.connectionClosed) { try await nats.drain() }
            await nats.close()
        }
    }

    @Test("close interrupts a drain, which says so", arguments: Backend.tested)
    func interrupted(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("in")
            try await nats.publish("in", "x")
            try await nats.flush()
            let drain = Task { try await nats.drain() }
            try await eventually("draining") { nats.status == .drainingSubscriptions }
            // Everything of the first phase is confirmed once a flush is.
            try await nats.flush()
            await nats.close()
            #expect(try await drain.value == .interrupted(.delivery))
            #expect(try await subscription.remainder() == ["x"])
        }
    }

    @Test("a cancelled drain goes on by itself", arguments: Backend.tested)
    func cancelled(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("in")
            try await nats.publish("in", "x")
            try await nats.flush()
            let drain = Task { try await nats.drain() }
            try await eventually("draining") { nats.status == .drainingSubscriptions }
            drain.cancel()
            await #expect(throws: CancellationError.self) { try await drain.value }
            #expect(try await subscription.remainder() == ["x"])
            try await eventually("closed") { nats.status == .closed }
        }
    }

    @Test("the server going away during a drain is the result", arguments: Backend.tested)
    func lost(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("in")
            try await nats.publish("in", "x")
            try await nats.flush()
            let drain = Task { try await nats.drain() }
            try await eventually("draining") { nats.status == .drainingSubscriptions }
            // Everything of the first phase is confirmed once a flush is.
            try await nats.flush()
            bench.server.kill()
            #expect(try await drain.value == .connectionLost(.delivery))
            #expect(nats.status == .closed)
            withExtendedLifetime(subscription) {}
        }
    }

    @Test("without a connection there is nothing to drain", arguments: Backend.tested)
    func notConnected(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            bench.server.kill()
            try await eventually("lost") { nats.status == .reconnecting }
            try await nats.publish("n", "x")
            #expect(try await nats.drain() == .notConnected)
            #expect(nats.statistics.publishesDiscarded == 1)
        }
    }

    @Test("subscriptions that nobody consumes and that hold nothing don't delay a drain", arguments: Backend.tested)
    func empty(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let handles = try await [nats.subscribe("a"), nats.subscribe("b")]
            #expect(try await nats.drain() == .complete)
            for handle in handles { #expect(try await handle.next() == nil) }
        }
    }
}
