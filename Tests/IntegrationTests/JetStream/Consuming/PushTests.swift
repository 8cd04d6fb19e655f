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

    @Test("a stalled consumer is told once that it may go on, when everything before was taken", arguments: Backend.tested)
    func stalled(_ backend: Backend) async throws {
        let info =
            #"{"stream_name":"S","name":"C","config":{"durable_name":"C","deliver_subject":"pushed.here","flow_control":true}}"#
        let block = "NATS/1.0 100 Idle Heartbeat\r\nNats-Consumer-Stalled: $JS.FC.S.C.x\r\n\r\n"
        let inbox = Recorder<String>()
        let (toldOnce, acknowledged) = (Counter(), Counter())
        @Sendable func sid(_ line: String) -> String { line.split(separator: " ").last.map(String.init) ?? "" }
        let script: [ScriptStep] =
            .handshake + [
                .skip(toLineWithPrefix: "SUB _INBOX."),
                .reply {
                    inbox.append(sid($0))
                    return ""
                },
                .skip(toLineWithPrefix: "PUB $JS.API.CONSUMER.INFO.S.C "),
                .reply { PullStatusCase.answer(to: $0, info, sid: inbox.all[0]) },
                .skip(toLineWithPrefix: "SUB pushed.here "),
                .reply { line in
                    let sid = sid(line)
                    let heartbeat = "HMSG pushed.here \(sid) \(block.utf8.count) \(block.utf8.count)\r\n\(block)\r\n"
                    let message = PullStatusCase.message(1).replacing("events.1 1 ", with: "events.1 \(sid) ")
                    return message + heartbeat + heartbeat + heartbeat
                },
                .skip(toLineWithPrefix: "PUB $JS.FC.S.C.x 0"), .expect(line: ""), .run { toldOnce.increase() },
                .expect(prefix: "PUB $JS.ACK.S.C."), .run { acknowledged.increase() },
            ]
        try await withEventLoop(backend) { loop in
            try await withScriptedServer(script, .handshake) { server in
                var options = ConnectOptions()
                options.eventLoop = loop
                options.reconnect.isEnabled = false
                let nats = try await NATS.connect(server.url, options: options)
                defer { nats.abort() }
                let consumer = try nats.jetStream().unverifiedStream("S").unverifiedConsumer("C")
                let messages = try await consumer.pushedMessages()
                let message = try await messages.next()
                try await eventually("it is told") { toldOnce.value == 1 }
                try message?.ack()
                try await eventually("nothing comes between") { acknowledged.value == 1 }
            }
        }
    }

    @Test("a slow reader of a consumer without flow control loses messages, not memory", arguments: Backend.tested)
    func bounded(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            let consumer = try await js.filledStream(0).createConsumer(
                configuration {
                    $0.acknowledgementPolicy = .none
                    $0.maximumAcknowledgementsPending = nil
                })
            let nats = try await bench.connect { $0.subscription = SubscriptionLimits(messages: 100) }
            let messages = try await nats.jetStream().stream("EVENTS").consumer("pusher").pushedMessages()
            try await eventually("it is bound") { try await consumer.info().isPushBound }
            try await js.fill("EVENTS", 1...1000)
            try await eventually("all came") { messages.statistics.receivedMessages == 1000 }
            try await eventually("all but a hundred are dropped") { messages.statistics.droppedMessages == 900 }
            #expect(messages.statistics.waitingMessages == 100 && nats.statistics.messagesDropped == 900)
            #expect(try await messages.acknowledgedNumbers(100) == Array(1...100))
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
