import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: consumers that push") struct PushTests {
    private func configuration(_ change: (inout ConsumerConfiguration) -> Void = { _ in }) -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration(durable: "pusher")
        configuration.deliverSubject = "pushed.here"
        configuration.maximumAcknowledgementsPending = 100_000
        change(&configuration)
        return configuration
    }

    @Test("messages come in order, and are acknowledged", arguments: Backend.tested)
    func everything(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1000).createConsumer(configuration())
            let messages = try await consumer.pushedMessages()
            #expect(try await messages.acknowledgedNumbers(1000) == Array(1...1000))
            try await consumer.awaitFloor(1000)
            try await messages.drain()
            #expect(try await messages.next() == nil)
        }
    }

    @Test("flow control is answered as the user takes messages, and holds back the rest", arguments: Backend.tested)
    func flowControl(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(2000, payloadBytes: 20_000).createConsumer(
                configuration {
                    $0.usesFlowControl = true
                    $0.idleHeartbeat = .milliseconds(500)
                })
            let messages = try await consumer.pushedMessages()
            try await eventually("something waits") { messages.statistics.waitingMessages > 0 }
            // The server's window is far smaller than all of it.
            var before = -1
            try await eventually("it comes to rest", within: .seconds(30)) {
                let now = messages.statistics.waitingMessages
                try await Task.sleep(for: .milliseconds(500))
                defer { before = now }
                return now == before
            }
            #expect(messages.statistics.waitingMessages < 2000)
            #expect(try await messages.acknowledgedNumbers(2000) == Array(1...2000))
        }
    }

    @Test("a group shares the messages", arguments: Backend.tested)
    func group(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.filledStream(0)
            let consumer = try await stream.createConsumer(configuration { $0.deliverGroup = "workers" })
            let numbers = Recorder<Int>()
            let first = try await consumer.consumePushed { numbers.append(Int($0.string) ?? -1) }
            let second = try await consumer.consumePushed { numbers.append(Int($0.string) ?? -1) }
            try await js.connection.flush()
            try await js.fill("EVENTS", 1...500)
            try await eventually("all came once") { numbers.all.sorted() == Array(1...500) }
            #expect(first.receivedMessages > 0 && second.receivedMessages > 0)
        }
    }

    @Test("a consumer that was deleted is noticed by its heartbeats", arguments: Backend.tested)
    func deleted(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(3).createConsumer(configuration { $0.idleHeartbeat = .milliseconds(300) })
            let messages = try await consumer.pushedMessages()
            #expect(try await messages.acknowledgedNumbers(3) == [1, 2, 3])
            var events = messages.events.makeAsyncIterator()
            try await consumer.delete()
            await expectError(.consumerDeleted) { try await messages.next() }
            while let event = await events.next() { if event == .heartbeatsMissed { return } }
            // Servers say it themselves, too; either way it ends.
        }
    }

    @Test("a consumer that is pulled from doesn't push", arguments: Backend.tested)
    func pull(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(0).createConsumer(.init(durable: "worker"))
            await expectError(.wrongConsumerKind) { try await consumer.pushedMessages() }
        }
    }
}
