import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: dead letters") struct DeadLetterTests {
    /// A stream with messages `a.1`, `a.2` and so on, and a consumer `c` that delivers each of them twice at most.
    private func withConsumer(
        _ backend: Backend, messages count: Int, retention: StreamConfiguration.Retention = .limits,
        _ body: @escaping @Sendable (JetStream, JetStream.Stream) async throws -> Void
    ) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = StreamConfiguration(name: "A", subjects: ["a.*"])
            configuration.retention = retention
            let stream = try await js.createStream(configuration)
            var consumer = ConsumerConfiguration(durable: "c")
            consumer.maximumDeliveries = 2
            _ = try await stream.createConsumer(consumer)
            try await js.store(count, on: "a")
            try await body(js, stream)
        }
    }

    @Test("a message that was delivered too often, and one that was given up, with what they are", arguments: Backend.tested)
    func bothReasons(_ backend: Backend) async throws {
        try await withConsumer(backend, messages: 2) { js, stream in
            let letters = try await stream.deadLetters(of: "c")
            var iterator = letters.makeAsyncIterator()
            let first = try await js.take(from: "c", of: "A")
            try first.respond("+TERM can't be read")
            let given = try #require(try await iterator.next())
            #expect(given.reason == .terminated("can't be read") && given.sequence == 1 && given.consumer == "c")
            #expect(given.deliveries == 1 && given.message?.string == "1" && given.message?.subject == "a.1")
            // Nothing else is left: the message is delivered twice, and twice sent back.
            for _ in 1...2 {
                let message = try await js.take(from: "c", of: "A")
                #expect(message.string == "2")
                try message.respond("-NAK")
            }
            // A request that waits, and at whose inbox somebody listens, makes the server look for the next one.
            let inbox = try await js.connection.subscribe(js.connection.newInbox())
            defer { inbox.unsubscribe() }
            try await js.connection.publish(
                "$JS.API.CONSUMER.MSG.NEXT.A.c", #"{"batch":1,"expires":30000000000}"#, reply: inbox.subject)
            let exhausted = try #require(try await iterator.next())
            #expect(exhausted.reason == .maximumDeliveries && exhausted.sequence == 2 && exhausted.deliveries == 2)
            #expect(exhausted.message?.string == "2" && exhausted.timestamp != nil && exhausted.stream == "A")
            letters.stop()
            #expect(try await iterator.next() == nil)
        }
    }

    @Test("a message that its stream doesn't keep is gone", arguments: Backend.tested)
    func withoutMessage(_ backend: Backend) async throws {
        try await withConsumer(backend, messages: 1, retention: .workQueue) { js, stream in
            var letters = try await stream.deadLetters().makeAsyncIterator()
            try await js.take(from: "c", of: "A").respond("+TERM")
            let letter = try #require(try await letters.next())
            #expect(letter.reason == .terminated(nil) && letter.message == nil && letter.sequence == 1)
        }
    }

    @Test("members of a group share the letters; a cancelled one loses none", arguments: Backend.tested)
    func sharing(_ backend: Backend) async throws {
        try await withConsumer(backend, messages: 3) { js, stream in
            let letters = try await stream.deadLetters(queueGroup: "q")
            let other = try await stream.deadLetters(queueGroup: "q")
            let waiting = Task {
                var iterator = letters.makeAsyncIterator()
                return try await iterator.next()?.sequence
            }
            waiting.cancel()
            let cancelled = await waiting.result
            #expect(throws: CancellationError.self) { try cancelled.get() }
            for _ in 1...3 { try await js.take(from: "c", of: "A").respond("+TERM") }
            try await eventually("all letters have come, each to one of the two") {
                letters.statistics.received + other.statistics.received == 3
            }
            letters.stop()
            other.stop()
            var sequences: [UInt64] = []
            for letters in [letters, other] {
                for try await letter in letters { sequences.append(letter.sequence) }
            }
            #expect(sequences.sorted() == [1, 2, 3])
        }
    }
}
