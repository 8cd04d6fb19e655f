import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

@Suite("JetStream: pulling continuously") struct PullTests {
    @Test("all messages come once and in order, and their acknowledgements arrive", arguments: Backend.tested)
    func everything(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.filledStream(5000)
            let consumer = try await stream.createConsumer(.init(durable: "worker"))
            let messages = consumer.messages()
            var last = 0
            for try await message in messages {
                #expect(message.number == last + 1)
                last = message.number
                try message.ack()
                if last == 5000 { break }
            }
            try await consumer.awaitFloor(5000)
            // It goes on where it was left, without anybody asking again.
            try await js.fill("EVENTS", 5001...5100)
            #expect(try await messages.acknowledgedNumbers(100) == Array(5001...5100))
            #expect(messages.statistics.receivedMessages == 5100)
        }
    }

    @Test("batches bring the same", arguments: Backend.tested)
    func batches(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(3000).createConsumer(.init(durable: "worker"))
            var numbers: [Int] = []
            for try await batch in consumer.messages(.init(maximumMessages: 100)).batches {
                numbers += batch.map(\.number)
                try batch.ackEach()
                if numbers.count == 3000 { break }
            }
            #expect(numbers == Array(1...3000))
            try await consumer.awaitFloor(3000)
        }
    }

    @Test("a handler on the reactor gets the same, and acknowledges there", arguments: Backend.tested)
    func handler(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(3000).createConsumer(.init(durable: "worker"))
            let sequences = Recorder<UInt64>()
            let consumption = consumer.consume(.init(maximumMessages: 100)) { message in
                sequences.append(message.streamSequence ?? 0)
                try? message.ack()
            }
            try await consumer.awaitFloor(3000)
            #expect(sequences.all == Array(1...3000))
            try await consumption.drain()
            #expect(try await consumption.ended() == nil)
        }
    }

    @Test("a consumer that allows little is asked for little", arguments: Backend.tested)
    func allowsLittle(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.maximumRequestBatch = 10
            configuration.maximumRequestBytes = 2000
            configuration.maximumRequestExpiry = .milliseconds(1500)
            let consumer = try await js.filledStream(100).createConsumer(configuration)
            let messages = consumer.messages(.init(maximumMessages: 1000, maximumBytes: 1_000_000))
            #expect(try await messages.acknowledgedNumbers(100) == Array(1...100))
        }
    }

    @Test("no more is asked for than may wait", arguments: Backend.tested)
    func bounded(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(100).createConsumer(.init(durable: "worker"))
            let messages = consumer.messages(.init(maximumMessages: 10))
            try await eventually("ten wait") { messages.statistics.waitingMessages == 10 }
            #expect(messages.statistics.requestedMessages == 0)
            #expect(try await consumer.info().acknowledgementsPending == 10)
            // Half of them taken, as many are asked for again.
            #expect(try await messages.acknowledgedNumbers(5) == Array(1...5))
            try await eventually("ten wait again") { messages.statistics.waitingMessages == 10 }
            #expect(try await messages.acknowledgedNumbers(95) == Array(6...100))
        }
    }

    @Test("bytes are a bound of their own", arguments: Backend.tested)
    func bytes(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(200, payloadBytes: 1000).createConsumer(.init(durable: "worker"))
            let messages = consumer.messages(.init(maximumMessages: 1000, maximumBytes: 10_000))
            try await eventually("as many wait as fit") { messages.statistics.waitingBytes > 8_000 }
            #expect(messages.statistics.waitingBytes <= 10_000)
            #expect(try await messages.acknowledgedNumbers(200) == Array(1...200))
        }
    }

    @Test("a message larger than all bytes that may be asked for ends the sequence", arguments: Backend.tested)
    func tooLarge(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1, payloadBytes: 5000).createConsumer(.init(durable: "worker"))
            let error = await expectError(.messageTooLarge) {
                _ = try await consumer.messages(.init(maximumBytes: 1000)).next()
            }
            #expect(error?.message.contains("worker") == true)
        }
    }

    @Test("several tasks share the messages", arguments: Backend.tested)
    func shared(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(2000).createConsumer(.init(durable: "worker"))
            let messages = consumer.messages(.init(maximumMessages: 50))
            let all = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var numbers: [Int] = []
                        for try await message in messages {
                            numbers.append(message.number)
                            try message.ack()
                            if message.number == 2000 { messages.stop() }
                        }
                        return numbers
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(all.sorted() == Array(1...2000))
        }
    }

    @Test("a deleted consumer ends the sequence with an error", arguments: Backend.tested)
    func deleted(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(3).createConsumer(.init(durable: "worker"))
            let messages = consumer.messages()
            #expect(try await messages.acknowledgedNumbers(3) == [1, 2, 3])
            try await consumer.delete()
            await expectError(.consumerDeleted) { _ = try await messages.next() }
        }
    }

    @Test("a consumer that doesn't exist ends the sequence with an error", arguments: Backend.tested)
    func missing(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1).unverifiedConsumer("nobody")
            await expectError(.consumerDeleted) { _ = try await consumer.messages().next() }
        }
    }

    @Test("what is asked of a consumer that pushes ends the sequence with an error", arguments: Backend.tested)
    func pushing(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = ConsumerConfiguration(durable: "pusher")
            configuration.deliverSubject = "pushed"
            let consumer = try await js.filledStream(1).createConsumer(configuration)
            await expectError(.wrongConsumerKind) { _ = try await consumer.messages().next() }
        }
    }
}

@Suite("JetStream: the end of pulling") struct PullEndTests {
    @Test("with a limit the sequence ends behind so many messages, and no more are asked for", arguments: Backend.tested)
    func limit(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(100).createConsumer(.init(durable: "worker"))
            var options = ConsumeOptions(maximumMessages: 10)
            options.messageLimit = 37
            #expect(try await consumer.messages(options).acknowledgedNumbers(.max) == Array(1...37))
            try await consumer.awaitFloor(37)
            #expect(try await consumer.info().delivered.stream == 37)
            let consumption = consumer.consume(options) { message in try? message.ack() }
            #expect(try await consumption.ended() == nil)
            #expect(consumption.receivedMessages == 37)
            try await consumer.awaitFloor(74)
        }
    }

    @Test("stopping hands out what has been sent, and ends the sequence", arguments: Backend.tested)
    func stop(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(100).createConsumer(.init(durable: "worker"))
            let messages = consumer.messages(.init(maximumMessages: 40))
            try await eventually("forty wait") { messages.statistics.waitingMessages == 40 }
            try await messages.drain()
            messages.stop()
            #expect(try await messages.acknowledgedNumbers(.max) == Array(1...40))
            try await consumer.awaitFloor(40)
            // Nothing else went out.
            #expect(try await consumer.info().delivered.stream == 40)
        }
    }

    @Test("what nobody has taken goes back to the server", arguments: Backend.tested)
    func handBack(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(30).createConsumer(.init(durable: "worker"))
            let messages = consumer.messages(.init(maximumMessages: 20))
            #expect(try await messages.acknowledgedNumbers(4) == [1, 2, 3, 4])
            try await eventually("the rest waits") { messages.statistics.waitingMessages == 16 }
            #expect(try await messages.handBack() == 16)
            #expect(try await messages.next() == nil)
            // Others get it without waiting.
            let others = consumer.messages()
            #expect(Set(try await others.acknowledgedNumbers(26)) == Set(5...30))
        }
    }

    @Test("what comes after the first message was taken goes back, too", arguments: Backend.tested)
    func handBackOfLater(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(10).createConsumer(.init(durable: "worker"))
            let messages = consumer.messages(.init(maximumMessages: 20))
            try await eventually("ten wait") { messages.statistics.waitingMessages == 10 }
            #expect(try await messages.acknowledgedNumbers(4) == [1, 2, 3, 4])
            try await js.fill("EVENTS", 11...16)
            try await eventually("six more wait") { messages.statistics.waitingMessages == 12 }
            #expect(try await messages.handBack() == 12)
            let others = try await consumer.fetch(12, timeout: .seconds(20))
            #expect(Set(others.map(\.number)) == Set(5...16))
        }
    }

    @Test("what nobody can take any more goes back, also what came later", arguments: Backend.tested)
    func abandoned(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(10).createConsumer(.init(durable: "worker"))
            try await abandon(consumer, js)
            let others = try await consumer.fetch(14, timeout: .seconds(20))
            #expect(Set(others.map(\.number)) == Set(2...15))
        }
    }

    /// Takes the first of fifteen messages, and forgets the others.
    private func abandon(_ consumer: JetStream.Consumer, _ js: JetStream) async throws {
        let messages = consumer.messages(.init(maximumMessages: 20))
        try await eventually("ten wait") { messages.statistics.waitingMessages == 10 }
        #expect(try await messages.acknowledgedNumbers(1) == [1])
        try await js.fill("EVENTS", 11...15)
        try await eventually("five more wait") { messages.statistics.waitingMessages == 14 }
    }

    @Test("the connection's drain hands out what waits, and ends the sequence", arguments: Backend.tested)
    func connectionDrain(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            let stream = try await js.filledStream(100)
            let consumer = try await stream.createConsumer(.init(durable: "worker"))
            let other = try await bench.connect()
            let messages = try await other.jetStream().stream("EVENTS").consumer("worker").messages(.init(maximumMessages: 40))
            try await eventually("forty wait") { messages.statistics.waitingMessages == 40 }
            async let drained = other.drain()
            // What is taken before may be asked for again.
            try await eventually("it drains") { other.status == .drainingSubscriptions }
            var numbers: [Int] = []
            for try await message in messages {
                numbers.append(message.number)
                try message.ack()
            }
            _ = try await drained
            #expect(numbers == Array(1...40))
            try await consumer.awaitFloor(40)
        }
    }

    @Test("the connection's close ends the sequence", arguments: Backend.tested)
    func close(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            let consumer = try await js.filledStream(0).createConsumer(.init(durable: "worker"))
            let messages = consumer.messages()
            let handler = consumer.consume { _ in }
            await js.connection.close()
            #expect(try await messages.next() == nil)
            #expect(try await handler.ended() == nil)
            await expectError(.connectionClosed) { _ = try await consumer.messages().next() }
            await expectError(.connectionClosed) { _ = try await consumer.fetch(1) }
        }
    }
}
