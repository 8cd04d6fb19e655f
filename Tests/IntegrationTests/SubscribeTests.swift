import NATSClient
import TestSupport
import Testing

@Suite("Subscribe") struct SubscribeTests {
    @Test("a sequence delivers everything in order", arguments: Backend.tested)
    func sequence(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            #expect(subscription.subject == "n")
            #expect(subscription.queueGroup == nil)
            for number in 0..<10_000 { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            subscription.unsubscribe()
            #expect(try await subscription.remainder() == (0..<10_000).map(String.init))
            #expect(subscription.statistics.received == 10_000)
            #expect(subscription.statistics.droppedMessages == 0)
        }
    }

    @Test("batches deliver everything in order", arguments: Backend.tested)
    func batches(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            let publishing = Task {
                for number in 0..<10_000 { try await nats.publish("n", "\(number)") }
            }
            var strings: [String] = []
            var kept: [MessageBatch] = []
            for try await batch in subscription.batches {
                #expect(!batch.isEmpty)
                strings += batch.map(\.string)
                if kept.count < 3 { kept.append(batch) }
                if strings.count == 10_000 { break }
            }
            try await publishing.value
            #expect(strings == (0..<10_000).map(String.init))
            // Batches that were kept aren't overwritten by the next ones.
            #expect(kept.flatMap { $0.map(\.string) } == Array(strings.prefix(kept.reduce(0) { $0 + $1.count })))
        }
    }

    @Test("an inline handler sees everything in order, on the loop's thread", arguments: Backend.tested)
    func inline(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let seen = Recorder<String>()
            let isOnLoop = Recorder<Bool>()
            let kept = Recorder<Message>()
            let loop = bench.loop
            let handle = try await nats.subscribe("n.>") { view in
                seen.append(view.string)
                isOnLoop.append(loop.isOnLoopThread)
                if view.header("keep") != nil { kept.append(view.retained()) }
            }
            #expect(handle.subject == "n.>")
            for number in 0..<5_000 { try await nats.publish("n.\(number % 7)", "\(number)") }
            try await nats.publish("n.kept", "k", headers: ["keep": "1"], reply: "r")
            try await nats.flush()
            #expect(seen.all == (0..<5_000).map(String.init) + ["k"])
            #expect(isOnLoop.all.allSatisfy { $0 })
            let message = try #require(kept.all.first)
            #expect(message.subject == "n.kept")
            #expect(message.reply == "r")
            #expect(message.size == "n.kept".count + 1 + message.headers.wireByteCount + 1)
            handle.unsubscribe()
            #expect(try await handle.ended() == nil)
        }
    }

    @Test("wildcards match what they should and nothing else", arguments: Backend.tested)
    func wildcards(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let one = try await nats.subscribe("a.*.c")
            let rest = try await nats.subscribe("a.>")
            let all = try await nats.subscribe(">")
            for subject in ["a.b.c", "a.b", "a", "b.b.c", "a.b.c.d"] { try await nats.publish(subject, subject) }
            try await nats.flush()
            for subscription in [one, rest, all] { subscription.unsubscribe() }
            #expect(try await one.remainder() == ["a.b.c"])
            #expect(try await rest.remainder() == ["a.b.c", "a.b", "a.b.c.d"])
            #expect(try await all.remainder() == ["a.b.c", "a.b", "a", "b.b.c", "a.b.c.d"])
        }
    }

    @Test("members of a queue group share: each message goes to exactly one", arguments: Backend.tested)
    func queueGroups(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let other = try await bench.connect()
            let counts = [Counter(), Counter(), Counter()]
            let members = try await [
                nats.subscribe("q", queueGroup: "g") { _ in counts[0].increase() },
                nats.subscribe("q", queueGroup: "g") { _ in counts[1].increase() },
                other.subscribe("q", queueGroup: "g") { _ in counts[2].increase() },
            ]
            let alone = Counter()
            try await other.subscribe("q", queueGroup: "h") { _ in alone.increase() }
            #expect(members.map(\.queueGroup) == ["g", "g", "g"])
            for _ in 0..<3_000 { try await nats.publish("q", "x") }
            try await nats.flush()
            try await eventually("the lone member has all") { alone.value == 3_000 }
            try await eventually("the group has all") { counts.reduce(0) { $0 + $1.value } == 3_000 }
            #expect(counts.allSatisfy { $0.value > 0 })
        }
    }

    @Test("the same subject twice is delivered twice", arguments: Backend.tested)
    func twice(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let first = try await nats.subscribe("s")
            let second = try await nats.subscribe("s")
            try await nats.publish("s", "x")
            #expect(try await first.required().string == "x")
            #expect(try await second.required().string == "x")
        }
    }

    @Test("several consumers of one subscription: each message goes to one of them", arguments: Backend.tested)
    func severalConsumers(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            let seen = Recorder<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask { for try await message in subscription { seen.append(message.string) } }
                }
                group.addTask {
                    for try await batch in subscription.batches { for message in batch { seen.append(message.string) } }
                }
                group.addTask {
                    for number in 0..<4_000 { try await nats.publish("n", "\(number)") }
                    try await nats.flush()
                    subscription.unsubscribe()
                }
                try await group.waitForAll()
            }
            #expect(seen.all.compactMap(Int.init).sorted() == Array(0..<4_000))
        }
    }

    @Test("breaking out of a loop loses nothing", arguments: Backend.tested)
    func breakAndGoOn(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            for number in 0..<30 { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            var seen: [String] = []
            for _ in 0..<3 {
                for try await message in subscription {
                    seen.append(message.string)
                    if seen.count.isMultiple(of: 10) { break }
                }
            }
            #expect(seen == (0..<30).map(String.init))
        }
    }

    @Test("a cancelled consumer gets CancellationError, and no message is lost", arguments: Backend.tested)
    func cancellation(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            let seen = Recorder<String>()
            let publishing = Task {
                for number in 0..<2_000 {
                    try await nats.publish("n", "\(number)")
                    if number.isMultiple(of: 10) { try await nats.flush() }
                }
                try await nats.flush()
                subscription.unsubscribe()
            }
            for round in 0..<100 {
                let consumer = Task { for try await message in subscription { seen.append(message.string) } }
                if round.isMultiple(of: 2) { await Task.yield() } else { _ = try await nats.roundTripTime() }
                consumer.cancel()
                do { try await consumer.value } catch { #expect(error is CancellationError) }
            }
            try await publishing.value
            let rest = try await subscription.remainder()
            #expect(seen.all + rest == (0..<2_000).map(String.init))
        }
    }

    @Test("next(timeout:) throws in time, and the message after it isn't lost", arguments: Backend.tested)
    func nextWithTimeout(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let subscription = try await nats.subscribe("n")
            let error = await expectError(.timedOut) { try await subscription.next(timeout: .milliseconds(20)) }
            #expect(error?.subject == "n")
            await expectError(.timedOut) { try await subscription.next(timeout: .zero) }
            try await nats.publish("n", "x")
            #expect(try await subscription.next(timeout: .seconds(45))?.string == "x")
            let waiting = Task { try await subscription.next(timeout: .seconds(60)) }
            try await eventually("it waits") { nats.statistics.waitingCalls == 1 }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            subscription.unsubscribe()
            #expect(try await subscription.next(timeout: .seconds(45)) == nil)
        }
    }
}
