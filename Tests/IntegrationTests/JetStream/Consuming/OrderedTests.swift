import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: ordered consumers") struct OrderedTests {
    @Test("a stream is read in order, and goes on with what is new", arguments: Backend.tested)
    func everything(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let ordered = try await js.filledStream(3000).orderedConsumer()
            let messages = ordered.messages()
            try await expect(messages, 1...3000)
            try await js.fill("EVENTS", 3001...3100)
            try await expect(messages, 3001...3100)
        }
    }

    @Test("a handler on the reactor gets the same", arguments: Backend.tested)
    func handler(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let sequences = Recorder<UInt64>()
            let consumption = try await js.filledStream(3000).orderedConsumer().consume {
                sequences.append($0.streamSequence ?? 0)
            }
            try await eventually("all came") { sequences.count == 3000 }
            #expect(sequences.all == Array(1...3000))
            try await consumption.drain()
        }
    }

    @Test("reading begins where it is told to", arguments: Backend.tested)
    func policies(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.filledStream(10)
            let fromSix = try await stream.orderedConsumer(.init(deliverPolicy: .fromSequence(6))).messages()
            try await expect(fromSix, 6...10)
            let one = try await stream.orderedConsumer(.init(filterSubjects: ["events.3", "events.5"])).messages()
            #expect(try await one.next()?.number == 3)
            #expect(try await one.next()?.number == 5)
            let last = try await stream.orderedConsumer(.init(deliverPolicy: .lastPerSubject)).messages()
            try await expect(last, 1...10)
            var options = OrderedOptions(deliverPolicy: .new)
            options.namePrefix = "new"
            let new = try await stream.orderedConsumer(options).messages()
            try await eventually("it is there") { (try? await stream.consumer("new_1")) != nil }
            try await js.fill("EVENTS", 11...12)
            try await expect(new, 11...12)
        }
    }

    @Test("a consumer that somebody deletes is made anew, without a gap", arguments: Backend.tested)
    func deleted(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.filledStream(1000)
            var options = OrderedOptions()
            options.namePrefix = "reader"
            options.consume.maximumMessages = 100
            let messages = try await stream.orderedConsumer(options).messages()
            try await expect(messages, 1...200)
            var last = 200
            for epoch in 1...3 {
                try await stream.deleteConsumer("reader_\(epoch)")
                try await expect(messages, last + 1...last + 200)
                last += 200
            }
            #expect(try await stream.consumer("reader_4").info().configuration.acknowledgementPolicy == .none)
        }
    }

    @Test("a message that went to somebody else is a gap, and is read by the next consumer", arguments: Backend.tested)
    func gap(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.filledStream(10)
            var options = OrderedOptions()
            options.namePrefix = "reader"
            // Nothing but the message itself shows the gap.
            options.consume.idleHeartbeat = .zero
            let messages = try await stream.orderedConsumer(options).messages()
            var events = messages.events.makeAsyncIterator()
            try await expect(messages, 1...10)
            let first = try await stream.consumer("reader_1")
            try await eventually("the reader waits") { try await first.info().waitingRequests == 1 }
            async let stolen = first.fetch(1, timeout: .seconds(30))
            try await eventually("somebody else waits, too") { try await first.info().waitingRequests == 2 }
            // They are served in turns.
            try await js.fill("EVENTS", 11...13)
            #expect(try await stolen.map(\.number) == [12])
            try await expect(messages, 11...13)
            while let event = await events.next(), event != .recreated(name: "reader_2") {}
        }
    }

    @Test("restarts of the server leave no gap", .timeLimit(.minutes(3)), arguments: Backend.tested)
    func restarts(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            let stream = try await js.filledStream(500) { $0.storage = .file }
            let messages = try await stream.orderedConsumer().messages()
            try await expect(messages, 1...300)
            var last = 500
            for _ in 1...3 {
                bench.server.kill()
                try await bench.server.restart()
                try await eventually("it is there again", within: .seconds(60)) {
                    (try? await js.fill("EVENTS", last + 1...last + 1)) != nil
                }
                try await js.fill("EVENTS", last + 2...last + 100)
                last += 100
            }
            var number = 300
            while number < last {
                let message = try #require(try await messages.next())
                // A message may be stored twice when the publisher isn't told.
                #expect(message.number == number || message.number == number + 1)
                number = message.number
            }
        }
    }

    @Test("messages are fetched one by one and many at a time", arguments: Backend.tested)
    func fetch(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let ordered = try await js.filledStream(10).orderedConsumer()
            #expect(try await ordered.next()?.number == 1)
            #expect(try await ordered.fetch(4).map(\.number) == [2, 3, 4, 5])
            #expect(try await ordered.fetch(100, timeout: .milliseconds(500)).map(\.number) == [6, 7, 8, 9, 10])
            #expect(try await ordered.next(timeout: .milliseconds(50)) == nil)
            #expect(try await ordered.info()?.configuration.isInMemory == true)
        }
    }

    @Test("the end of reading removes the consumer", arguments: Backend.tested)
    func stop(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.filledStream(10)
            var options = OrderedOptions()
            options.namePrefix = "reader"
            let messages = try await stream.orderedConsumer(options).messages()
            try await expect(messages, 1...10)
            messages.stop()
            #expect(try await messages.next() == nil)
            try await eventually("it is gone") {
                do {
                    _ = try await stream.consumer("reader_1")
                    return false
                } catch let error as NATSError {
                    return error.jetStream?.code == .consumerNotFound
                }
            }
        }
    }

    @Test("what can't be read is an error", arguments: Backend.tested)
    func refused(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.filledStream(1)
            try await expectRefusal(.streamNotFound) { try await js.unverifiedStream("NONE").orderedConsumer() }
            let wrong = try await stream.orderedConsumer(.init(filterSubjects: ["events.1", "events.*"])).messages()
            let error = await expectError(.jetStreamRefused) { try await wrong.next() }
            #expect(error?.jetStream?.code == .consumerOverlappingSubjectFilters)
            let late = try await stream.orderedConsumer().messages()
            try await expect(late, 1...1)
        }
    }

    private func expect(
        _ messages: ConsumerMessages, _ numbers: ClosedRange<Int>, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for number in numbers {
            let message = try #require(try await messages.next(), sourceLocation: sourceLocation)
            try #require(message.number == number, sourceLocation: sourceLocation)
        }
    }
}
