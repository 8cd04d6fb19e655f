import NATSClient
import NATSStores
import TestSupport
import Testing

/// What becomes of consumers when servers go and come back: nothing is lost, and nothing stalls.
@Suite("JetStream: pulling through restarts", .timeLimit(.minutes(4))) struct PullRestartTests {
    @Test("after each kill of the server pulling goes on by itself, and nothing is lost", arguments: Backend.tested)
    func kills(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(180)) { bench, js in
            let stream = try await js.filledStream(200) { $0.storage = .file }
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementWait = .seconds(3)
            let consumer = try await stream.createConsumer(configuration)
            let messages = consumer.messages(.init(maximumMessages: 50))
            var events = messages.events.makeAsyncIterator()
            var seen: Set<UInt64> = []
            var last: UInt64 = 200
            for round in 1...4 {
                // In the middle of what waits.
                while seen.count < 50 * round {
                    let message = try #require(try await messages.next())
                    seen.insert(message.streamSequence ?? 0)
                    try message.ack()
                }
                bench.server.kill()
                try await bench.server.restart()
                while let event = await events.next(), event != .connectionEstablished {}
                try await eventually("the stream takes messages", within: .seconds(60)) {
                    (try? await js.fill("EVENTS", 1000 * round...1000 * round + 20)) != nil
                }
                last = try await stream.info().state.lastSequence
            }
            while seen.count < Int(last) {
                let message = try #require(try await messages.next())
                seen.insert(message.streamSequence ?? 0)
                try message.ack()
            }
            #expect(seen == Set(1...last))
            try await messages.acknowledge(until: Int(last), at: consumer)
        }
    }

    @Test("what is acknowledged with confirmation isn't given out again after restarts", arguments: Backend.tested)
    func exactlyOnce(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(180)) { bench, js in
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementWait = .seconds(2 * Patience.factor)
            let stream = try await js.filledStream(150) { $0.storage = .file }
            let consumer = try await stream.createConsumer(configuration)
            let messages = consumer.messages(.init(maximumMessages: 20))
            var confirmed: Set<UInt64> = []
            var kills = [40, 90]
            while confirmed.count < 150 {
                let message = try #require(try await messages.next())
                let sequence = try #require(message.streamSequence)
                #expect(!confirmed.contains(sequence), "\(sequence) was confirmed, and came again")
                if let next = kills.first, confirmed.count >= next {
                    kills.removeFirst()
                    // In order: one that is killed forgets what it has confirmed, since it writes consumers' states later.
                    try await bench.server.stop()
                    try await bench.server.restart()
                }
                do {
                    try await message.ack(confirmedWithin: .seconds(5))
                    confirmed.insert(sequence)
                } catch let error as NATSError {
                    // Nobody knows whether the server has it: it may come again, and counts as not done.
                    #expect(error.isRetryable, "\(error)")
                }
                if try await consumer.info(retrying: 20).acknowledgementFloor.stream == 150 { break }
            }
            #expect(try await consumer.info(retrying: 20).acknowledgementFloor.stream == 150)
        }
    }

    @Test("a server that stands still is noticed by its heartbeats, and everything is asked for anew", arguments: Backend.tested)
    func silence(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            let consumer = try await js.filledStream(10).createConsumer(.init(durable: "worker"))
            var options = ConsumeOptions()
            options.idleHeartbeat = .milliseconds(500)
            let messages = consumer.messages(options)
            #expect(try await messages.acknowledgedNumbers(10) == Array(1...10))
            var events = messages.events.makeAsyncIterator()
            bench.server.freeze()
            while let event = await events.next(), event != .heartbeatsMissed {}
            bench.server.thaw()
            try await js.fill("EVENTS", 11...20)
            #expect(try await messages.acknowledgedNumbers(10) == Array(11...20))
        }
    }
}

extension ConsumerMessages {
    /// Acknowledges what still comes until the server has seen everything up to a message acknowledged: acknowledgements that went
    /// to a server that was killed are lost, and their messages come again.
    fileprivate func acknowledge(until sequence: Int, at consumer: JetStream.Consumer) async throws {
        let task = Task { for try await message in self { try? message.ack() } }
        defer { task.cancel() }
        try await consumer.awaitFloor(sequence)
    }
}

extension JetStream.Consumer {
    /// What the server says of it, once it is there again.
    fileprivate func info(retrying times: Int) async throws -> ConsumerInfo {
        for _ in 0..<times {
            if let info = try? await info() { return info }
            try await Task.sleep(for: .milliseconds(200))
        }
        return try await info()
    }
}

@Suite("JetStream: pulling in a cluster", .timeLimit(.minutes(5))) struct PullClusterTests {
    @Test("changes of the consumer's and the stream's leader stop nothing", arguments: Backend.tested)
    func stepDown(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend, within: .seconds(240)) { _, _, js in
            let stream = try await js.filledStream(300) {
                $0.storage = .memory
                $0.replicas = 3
            }
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementWait = .seconds(5)
            let consumer = try await stream.createConsumer(configuration)
            var options = ConsumeOptions(maximumMessages: 50)
            options.idleHeartbeat = .seconds(2)
            let messages = consumer.messages(options)
            let ordered = try await stream.orderedConsumer().messages()
            var seen: Set<UInt64> = []
            var place: UInt64 = 0
            for round in 1...4 {
                while seen.count < 60 * round {
                    let message = try #require(try await messages.next())
                    seen.insert(message.streamSequence ?? 0)
                    try message.ack()
                }
                while place < UInt64(60 * round) {
                    let sequence = try #require(try await ordered.next()).streamSequence
                    try #require(sequence == place + 1)
                    place += 1
                }
                let subject = round.isMultiple(of: 2) ? "STREAM.LEADER.STEPDOWN.EVENTS" : "CONSUMER.LEADER.STEPDOWN.EVENTS.worker"
                _ = try await js.connection.request("$JS.API.\(subject)", "")
            }
            while seen.count < 300 {
                let message = try #require(try await messages.next())
                seen.insert(message.streamSequence ?? 0)
                try message.ack()
            }
            while place < 300 {
                try #require(try await ordered.next()?.streamSequence == place + 1)
                place += 1
            }
            try await messages.acknowledge(until: 300, at: consumer)
        }
    }
}
