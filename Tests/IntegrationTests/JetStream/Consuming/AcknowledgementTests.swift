import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: acknowledging") struct AcknowledgementTests {
    @Test("a message that was refused comes again, and says so", arguments: Backend.tested)
    func nak(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1).createConsumer(.init(durable: "worker"))
            let first = try #require(try await consumer.next())
            #expect(first.deliveries == 1)
            try first.nak()
            let second = try #require(try await consumer.next())
            #expect(second.deliveries == 2 && second.number == 1)
            // The server waits as long as it is told.
            let clock = ContinuousClock()
            let start = clock.now
            try second.nak(delay: .milliseconds(700))
            let third = try #require(try await consumer.next(timeout: .seconds(30)))
            #expect(third.deliveries == 3)
            #expect(start.duration(to: clock.now) >= .milliseconds(600))
            try await third.ack(confirmedWithin: .seconds(10))
            #expect(try await consumer.info().acknowledgementFloor.stream == 1)
        }
    }

    @Test("a message that can't be handled doesn't come again, and the reason is published", arguments: Backend.tested)
    func term(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(2).createConsumer(.init(durable: "worker"))
            let advisories = try await js.connection.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>")
            let messages = try await consumer.fetch(2)
            try messages[0].term()
            try await messages[1].acknowledge(.term(reason: "no such customer"), confirmedWithin: .seconds(10))
            try await consumer.awaitFloor(2)
            _ = try await advisories.required()
            #expect(try await advisories.required().string.contains("no such customer"))
        }
    }

    @Test("work in progress keeps a message from coming again", arguments: Backend.tested)
    func inProgress(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementWait = .seconds(3)
            let consumer = try await js.filledStream(1).createConsumer(configuration)
            let message = try #require(try await consumer.next())
            for _ in 0..<3 { try message.inProgress() }
            try await message.acknowledge(.inProgress, confirmedWithin: .seconds(10))
            #expect(!message.isAcknowledged)
            try await message.ack(confirmedWithin: .seconds(10))
            #expect(message.isAcknowledged)
            await expectError(.alreadyAcknowledged) { try message.inProgress() }
        }
    }

    @Test("a message in a handler is no longer in progress when it was acknowledged", arguments: Backend.tested)
    func inProgressInHandler(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let codes = Recorder<NATSError.Code?>()
            let subscription = try await js.connection.subscribe("pushed.here") { message in
                codes.append(code(of: message) { (message) throws(NATSError) in try message.inProgress() })
                codes.append(code(of: message) { (message) throws(NATSError) in try message.ack() })
                codes.append(code(of: message) { (message) throws(NATSError) in try message.inProgress() })
            }
            defer { subscription.unsubscribe() }
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.deliverSubject = "pushed.here"
            _ = try await js.filledStream(1).createConsumer(configuration)
            try await eventually("it was handled") { codes.count == 3 }
            #expect(codes.all == [nil, nil, .alreadyAcknowledged])
        }
    }

    @Test("a message whose acknowledgement subject names domain and account can be acknowledged", arguments: Backend.tested)
    func longSubject(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.jetStreamSettings = "domain: hub"
            $0.extraConfiguration = "feature_flags { js_ack_fc_v2: true }"
        }
        try await withJetStream(backend, options) { _, js in
            let consumer = try await js.filledStream(3).createConsumer(.init(durable: "worker"))
            let messages = try await consumer.fetch(3)
            #expect(messages.map(\.number) == [1, 2, 3])
            for (index, message) in messages.enumerated() {
                // `$JS.ACK.<domain>.<account>.<stream>…`
                let tokens = try #require(message.reply).split(separator: ".")
                #expect(tokens.count >= 11 && tokens[2] == "hub" && tokens[4] == "EVENTS")
                let metadata = try #require(message.metadata)
                #expect(metadata.domain == "hub" && metadata.stream == "EVENTS" && metadata.consumer == "worker")
                #expect(metadata.streamSequence == UInt64(index + 1) && metadata.pending == UInt64(2 - index))
            }
            try messages[0].ack()
            try await messages[1].ack(confirmedWithin: .seconds(10))
            try messages[2].nak()
            let again = try #require(try await consumer.next())
            #expect(again.deliveries == 2)
            try await again.ack(confirmedWithin: .seconds(10))
            #expect(try await consumer.info().acknowledgementFloor.stream == 3)
        }
    }

    @Test("every kind can be confirmed by the server", arguments: Backend.tested)
    func confirmed(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(4).createConsumer(.init(durable: "worker"))
            let kinds: [Acknowledgement] = [.ack, .nak(delay: .seconds(100)), .term(reason: "x"), .inProgress]
            for (message, kind) in zip(try await consumer.fetch(4), kinds) {
                try await message.acknowledge(kind, confirmedWithin: .seconds(10))
            }
            let info = try await consumer.info()
            #expect(info.acknowledgementFloor.stream == 1)
            #expect(info.acknowledgementsPending == 2)
        }
    }

    @Test("a message is acknowledged once, whoever has a copy", arguments: Backend.tested)
    func once(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(2).createConsumer(.init(durable: "worker"))
            let messages = try await consumer.fetch(2)
            let copy = messages[0]
            try messages[0].ack()
            for acknowledgement in [Acknowledgement.ack, .nak(), .term(), .inProgress] {
                await expectError(.alreadyAcknowledged) { try copy.acknowledge(acknowledgement) }
            }
            await expectError(.alreadyAcknowledged) { try await copy.ack(confirmedWithin: .seconds(1)) }
            #expect(copy.isAcknowledged && copy.detached().isAcknowledged)
            // The neighbour isn't touched, and neither is what the message says.
            #expect(!messages[1].isAcknowledged && messages[1].string == "2" && copy.string == "1")
            let detached = messages[1].detached()
            try detached.ack()
            #expect(detached.isAcknowledged && detached.string == "2")
        }
    }

    @Test("in a handler nothing is said of a message behind its acknowledgement", arguments: Backend.tested)
    func inHandler(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1).createConsumer(.init(durable: "worker"))
            let said = Recorder<String>()
            let consumption = consumer.consume { message in
                for acknowledgement in [Acknowledgement.inProgress, .ack, .inProgress, .nak()] {
                    do throws(NATSError) {
                        try message.acknowledge(acknowledgement)
                        said.append("done")
                    } catch {
                        said.append("\(error.code)")
                    }
                }
            }
            try await eventually("it came") { said.count == 4 }
            let refused = "\(NATSError.Code.alreadyAcknowledged)"
            #expect(said.all == ["done", "done", refused, refused])
            consumption.stop()
        }
    }

    @Test("of many tasks that acknowledge a message one succeeds", arguments: Backend.tested)
    func race(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(50).createConsumer(.init(durable: "worker"))
            for message in try await consumer.fetch(50) {
                let successes = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<4 { group.addTask { (try? message.ack()) != nil } }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(successes == 1)
            }
        }
    }

    @Test("who wants no acknowledgements confirms none", arguments: Backend.tested)
    func noPolicy(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementPolicy = .none
            let consumer = try await js.filledStream(1).createConsumer(configuration)
            let message = try #require(try await consumer.next())
            await expectError(.noResponders) { try await message.ack(confirmedWithin: .seconds(10)) }
            // It wasn't acknowledged, so it may be tried.
            try message.ack()
        }
    }

    @Test("a message that no consumer has given can't be acknowledged", arguments: Backend.tested)
    func core(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let subscription = try await js.connection.subscribe("plain")
            try await js.connection.publish("plain", "x", reply: "somewhere")
            let message = try await subscription.required()
            await expectError(.notAcknowledgeable) { try message.ack() }
            await expectError(.notAcknowledgeable) { try await message.ack(confirmedWithin: .seconds(1)) }
            #expect(message.metadata == nil && message.streamSequence == nil)
        }
    }

    @Test("at a consumer that takes one acknowledgement for all before it, the last one is enough", arguments: Backend.tested)
    func all(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementPolicy = .all
            let consumer = try await js.filledStream(100).createConsumer(configuration)
            try await consumer.fetch(60).ackUpToLast()
            try await consumer.awaitFloor(60)
        }
    }

    @Test("metadata says where a message comes from", arguments: Backend.tested)
    func metadata(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(3).createConsumer(.init(durable: "worker", filterSubjects: ["events.2"]))
            let message = try #require(try await consumer.next())
            let metadata = try #require(message.metadata)
            #expect(metadata.stream == "EVENTS" && metadata.consumer == "worker" && metadata.domain == nil)
            #expect(metadata.streamSequence == 2 && metadata.consumerSequence == 1 && metadata.deliveries == 1)
            #expect(metadata.pending == 0 && metadata.timestamp.nanosecondsSince1970 > 1_700_000_000_000_000_000)
            #expect(message.subject == "events.2" && message.streamSequence == 2)
        }
    }

    @Test("what may be said of a message can be kept without the message, and said once", arguments: Backend.tested)
    func acknowledger(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(4).createConsumer(.init(durable: "worker"))
            let messages = try await consumer.fetch(4)
            let kept = try messages.map { try $0.takeAcknowledger() }
            expectThrownError(.alreadyAcknowledged) { try messages[0].ack() }
            expectThrownError(.alreadyAcknowledged) { _ = try messages[0].takeAcknowledger() }
            try kept[0].inProgress()
            try kept[0].ack()
            #expect(kept[0].isAcknowledged && !kept[1].isAcknowledged)
            expectThrownError(.alreadyAcknowledged) { try kept[0].nak() }
            expectThrownError(.alreadyAcknowledged) { try kept[0].inProgress() }
            try await kept[1].ack(confirmedWithin: .seconds(10))
            try kept[2].term(reason: "of no use")
            #expect(kept[3].metadata?.streamSequence == 4)
            try kept[3].nak()
            let again = try #require(try await consumer.next(timeout: .seconds(20)))
            #expect(again.number == 4 && again.deliveries == 2)
            try again.ack()
            try await consumer.awaitFloor(4)
        }
    }

    @Test("a confirmation that doesn't come leaves the acknowledger as it was", arguments: Backend.tested)
    func acknowledgerUnconfirmed(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementPolicy = .none
            let consumer = try await js.filledStream(1).createConsumer(configuration)
            let acknowledger = try #require(try await consumer.next()).takeAcknowledger()
            await expectError(.noResponders) { try await acknowledger.ack(confirmedWithin: .seconds(10)) }
            #expect(!acknowledger.isAcknowledged)
            try acknowledger.ack()
        }
    }

    @Test("the next message can be asked for by acknowledging one", arguments: Backend.tested)
    func andNext(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(20).createConsumer(.init(durable: "worker"))
            var message = try #require(try await consumer.next())
            for number in 2...20 {
                message = try #require(try await consumer.next(acknowledging: message, timeout: .seconds(20)))
                #expect(message.number == number)
            }
            try await consumer.awaitFloor(19)
            #expect(try await consumer.next(acknowledging: message, timeout: .milliseconds(300)) == nil)
            try await consumer.awaitFloor(20)
            let last = message
            await expectError(.alreadyAcknowledged) { try await consumer.next(acknowledging: last) }
        }
    }
}

private func expectThrownError(
    _ code: NATSError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch {
        #expect((error as? NATSError)?.code == code, sourceLocation: sourceLocation)
    }
}

/// The code of what this throws.
private func code(of message: borrowing MessageView, _ body: (borrowing MessageView) throws(NATSError) -> Void) -> NATSError.Code?
{
    do throws(NATSError) {
        try body(message)
        return nil
    } catch {
        return error.code
    }
}
