import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: fetching") struct FetchTests {
    @Test("a fetch brings as many as it asks for, and no more", arguments: Backend.tested)
    func exact(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1000).createConsumer(.init(durable: "worker"))
            for round in 0..<10 {
                let batch = try await consumer.fetch(100, timeout: .seconds(30))
                #expect(batch.map(\.number) == Array(round * 100 + 1...round * 100 + 100))
                try batch.ackEach()
            }
            try await consumer.awaitFloor(1000)
            #expect(try await consumer.info().waitingRequests == 0)
        }
    }

    @Test("a fetch returns what there is when its time is over", arguments: Backend.tested)
    func fewer(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(3).createConsumer(.init(durable: "worker"))
            #expect(try await consumer.fetch(10, timeout: .milliseconds(300)).map(\.number) == [1, 2, 3])
            #expect(try await consumer.fetch(10, timeout: .milliseconds(300)).isEmpty)
            #expect(try await consumer.next(timeout: .milliseconds(300)) == nil)
        }
    }

    @Test("a fetch that doesn't wait returns what there is", arguments: Backend.tested)
    func noWait(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(5).createConsumer(.init(durable: "worker"))
            #expect(try await consumer.fetchNoWait(3).map(\.number) == [1, 2, 3])
            #expect(try await consumer.fetchNoWait(3).map(\.number) == [4, 5])
            #expect(try await consumer.fetchNoWait(3).isEmpty)
        }
    }

    @Test("a fetch of what is available waits for the first message only", arguments: Backend.tested)
    func available(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(0).createConsumer(.init(durable: "worker"))
            async let fetched = consumer.fetchAvailable(10, timeout: .seconds(30))
            try await eventually("it waits") { try await consumer.info().waitingRequests == 1 }
            try await js.fill("EVENTS", 1...1)
            #expect(try await fetched.map(\.number) == [1])
        }
    }

    @Test("a fetch of bytes brings what fits", arguments: Backend.tested)
    func bytes(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(20, payloadBytes: 1000).createConsumer(.init(durable: "worker"))
            let batch = try await consumer.fetchBytes(5000, timeout: .seconds(30))
            #expect(batch.map(\.number) == [1, 2, 3, 4])
            #expect(batch.reduce(0) { $0 + $1.size } <= 5000)
            await expectError(.messageTooLarge) { _ = try await consumer.fetchBytes(500, timeout: .seconds(30)) }
        }
    }

    @Test("next brings one message, also one that is still to come", arguments: Backend.tested)
    func next(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1).createConsumer(.init(durable: "worker"))
            #expect(try await consumer.next()?.number == 1)
            async let second = consumer.next(timeout: .seconds(30))
            try await eventually("it waits") { try await consumer.info().waitingRequests == 1 }
            try await js.fill("EVENTS", 2...2)
            #expect(try await second?.number == 2)
        }
    }

    @Test("fetches of several tasks don't get in each other's way", arguments: Backend.tested)
    func parallel(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1000).createConsumer(.init(durable: "worker"))
            let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<20 { group.addTask { try await consumer.fetch(50, timeout: .seconds(30)).map(\.number) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(numbers.sorted() == Array(1...1000))
        }
    }

    @Test("what a cancelled fetch has asked for goes to others at once", arguments: Backend.tested)
    func cancelled(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(2).createConsumer(.init(durable: "worker"))
            let task = Task { try await consumer.fetch(10, timeout: .seconds(60)) }
            try await eventually("two came, and it waits") { try await consumer.info().delivered.consumer == 2 }
            task.cancel()
            // Those that came before are returned; those that come too late go back.
            let taken = (try? await task.value.map(\.number)) ?? []
            let rest = try await consumer.fetch(2 - taken.count, timeout: .seconds(20)).map(\.number)
            #expect(Set(taken + (taken.count == 2 ? [] : rest)) == [1, 2])
            let waiting = Task { try await consumer.fetch(1, timeout: .seconds(60)) }
            try await eventually("it waits") { try await consumer.info().waitingRequests > 0 }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { _ = try await waiting.value }
        }
    }

    @Test("a fetch fails with the reason when there is nothing to pull from", arguments: Backend.tested)
    func refused(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.filledStream(1)
            let nobody = try stream.unverifiedConsumer("nobody")
            await expectError(.consumerUnavailable) { _ = try await nobody.fetch(1) }
            var small = ConsumerConfiguration(durable: "small")
            small.maximumRequestBatch = 2
            let limited = try await stream.createConsumer(small)
            let error = await expectError(.pullRefused) { _ = try await limited.fetch(3) }
            #expect(error?.message.contains("Exceeded MaxRequestBatch of 2") == true)
            #expect(try await limited.fetch(2, timeout: .milliseconds(300)).count == 1)
        }
    }
}
