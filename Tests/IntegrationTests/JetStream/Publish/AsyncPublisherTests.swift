import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

@Suite("AsyncPublisher") struct AsyncPublisherTests {
    @Test("everything that was published is stored in order when the flush returns", arguments: Backend.tested)
    func flush(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(window: .init(messages: 64))
            for number in 0..<5_000 { #expect(try await publisher.publish("s.1", "\(number)") == UInt64(number)) }
            try await publisher.flush()
            let statistics = publisher.statistics
            #expect(statistics.stored == 5_000)
            #expect(statistics.inFlight == 0)
            #expect(statistics.inFlightBytes == 0)
            #expect(try await stream.info().state.messages == 5_000)
            #expect(try await stream.info().state.lastSequence == 5_000)
        }
    }

    @Test("a receipt waits for its message, any number of times", arguments: Backend.tested)
    func receipts(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher()
            var receipts: [PublishReceipt] = []
            for number in 0..<500 { receipts.append(try await publisher.submit("s.\(number % 7)", pattern(100))) }
            for (index, receipt) in receipts.enumerated() {
                let ack = try await receipt.acknowledgement()
                #expect(ack.sequence == UInt64(index + 1))
                #expect(ack.stream == "S")
                #expect(try receipt.result?.get() == ack)
                #expect(receipt.number == UInt64(index))
            }
            #expect(try await receipts[0].acknowledgement().sequence == 1)
        }
    }

    @Test("the outcomes are those of all messages, once each, and end with the publisher", arguments: Backend.tested)
    func outcomes(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(window: .init(messages: 100))
            let outcomes = publisher.outcomes()
            async let sequences = {
                var sequences: [UInt64: UInt64] = [:]
                for try await batch in outcomes {
                    for outcome in batch {
                        #expect(sequences.updateValue(try outcome.result.get().sequence, forKey: outcome.number) == nil)
                    }
                }
                return sequences
            }()
            for number in 0..<3_000 { try await publisher.publish("s.\(number % 3)", "x") }
            try await publisher.finish()
            let all = try await sequences
            #expect(all.count == 3_000)
            #expect(all.allSatisfy { $0.value == $0.key + 1 })
            #expect(try await natsError { try await publisher.publish("s.1", "x") }?.code == .publisherFinished)
        }
    }

    @Test("what has no acknowledgement yet can be looked at, the oldest first", arguments: Backend.tested)
    func unacknowledged(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await js.makeStream("S", ["s.>"]) { $0.suppressesAcknowledgements = true }
            let publisher = js.asyncPublisher()
            #expect(publisher.unacknowledged.isEmpty)
            _ = try await publisher.publish("s.text", "x")
            _ = try await publisher.publish("s.id", [], messageID: "one")
            _ = try await publisher.publish("s.large", pattern(100_000), headers: ["a": "b"])
            let messages = publisher.unacknowledged
            #expect(messages.map(\.subject) == ["s.text", "s.id", "s.large"])
            #expect(messages.map(\.number) == [0, 1, 2])
            #expect(messages.map(\.payload) == [Array("x".utf8), [], pattern(100_000)])
            #expect(messages[0].headers == nil)
            #expect(messages[1].headers?[HeaderName.messageID] == "one")
            #expect(messages[2].headers?["a"] == "b")
        }
    }

    @Test("outcomes that nobody takes stop publishing", arguments: Backend.tested)
    func untaken(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(window: .init(messages: 10))
            let outcomes = publisher.outcomes()
            for _ in 0..<10 { try await publisher.publish("s.1", "x") }
            try await publisher.flush()
            #expect(throws: NATSError.self) { try publisher.publishNow("s.1") }
            var iterator = outcomes.makeAsyncIterator()
            #expect(try await iterator.next()?.count == 10)
            #expect(try publisher.publishNow("s.1") == 10)
            try await publisher.finish()
        }
    }

    @Test("outcomes that nobody wants any more stop nobody", arguments: Backend.tested)
    func abandonedOutcomes(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(window: .init(messages: 10))
            // Asked for, and never read.
            _ = publisher.outcomes()
            for _ in 0..<30 { try await publisher.publish("s.1", "x") }
            try await publisher.flush()
            // Read once, while the sequence lives on.
            let outcomes = publisher.outcomes()
            for _ in 0..<10 { try await publisher.publish("s.1", "x") }
            for try await batch in outcomes {
                #expect(!batch.isEmpty)
                break
            }
            for _ in 0..<30 { try await publisher.publish("s.1", "x") }
            try await publisher.flush()
            #expect(publisher.statistics.stored == 70)
            // It begins anew with another iterator.
            var iterator = outcomes.makeAsyncIterator()
            let number = try await publisher.publish("s.1", "x")
            #expect(try await iterator.next()?.first?.number == number)
            try await publisher.finish()
            #expect(try await iterator.next() == nil)
        }
    }

    @Test("a failure among outcomes that nobody has taken is the flush's", arguments: Backend.tested)
    func abandonedFailure(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher()
            do {
                let outcomes = publisher.outcomes()
                _ = try await publisher.publish("s.1", "x", options: .init(expecting: .lastSequence(99)))
                try await eventually("it has failed") { publisher.statistics.failed == 1 }
                // Whoever reads will be told.
                try await publisher.flush()
                withExtendedLifetime(outcomes) {}
            }
            #expect(try await natsError { try await publisher.flush() }?.jetStream?.code == .streamWrongLastSequence)
        }
    }

    @Test("several readers share the outcomes, and all of them end", arguments: Backend.tested)
    func manyReaders(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(window: .init(messages: 16))
            let readers = (0..<3).map { _ in
                let outcomes = publisher.outcomes()
                return Task {
                    var numbers: [UInt64] = []
                    for try await batch in outcomes { numbers += batch.map(\.number) }
                    return numbers
                }
            }
            try await eventually("all wait") { js.connection.statistics.waitingCalls == 3 }
            for _ in 0..<500 { try await publisher.publish("s.1", "x") }
            try await publisher.finish()
            var numbers: [UInt64] = []
            for reader in readers { numbers += try await reader.value }
            #expect(numbers.sorted() == Array(0..<500))
        }
    }

    @Test("the synchronous form throws when the window is full, in messages or bytes", arguments: Backend.tested)
    func full(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await js.makeStream("S", ["s.>"]) { $0.discardsAcknowledgement() }
            // Nobody acknowledges.
            var options = AsyncPublisher.Options()
            options.acknowledgementTimeout = .milliseconds(300)
            let publisher = js.asyncPublisher(window: .init(messages: 3, bytes: 1_000), options: options)
            for _ in 0..<3 { _ = try publisher.publishNow("s.1") }
            #expect(try await natsError { _ = try publisher.publishNow("s.1") }?.code == .windowFull)
            #expect(publisher.statistics.inFlight == 3)
            // Everything ends, also without an answer.
            let error = try await natsError { try await publisher.flush() }
            #expect(error?.code == .timedOut)
            #expect(error?.subject == "s.1")
            #expect(publisher.statistics.failed == 3)
            #expect(publisher.statistics.inFlight == 0)
            try await publisher.flush()
        }
    }

    @Test("the suspending form waits for room, and for nothing when its task is cancelled", arguments: Backend.tested)
    func suspends(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await js.makeStream("S", ["s.>"]) { $0.discardsAcknowledgement() }
            var options = AsyncPublisher.Options()
            options.acknowledgementTimeout = .milliseconds(500)
            let publisher = js.asyncPublisher(window: .init(messages: 2), options: options)
            for _ in 0..<2 { try await publisher.publish("s.1", "x") }
            let waiting = Task { try await publisher.publish("s.1", "waits") }
            try await eventually("it waits") { publisher.statistics.waitingCalls == 1 }
            let cancelled = Task { try await publisher.publish("s.1", "cancelled") }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(try await waiting.value == 2)
            #expect(try await natsError { try await publisher.flush() }?.code == .timedOut)
        }
    }

    @Test("a message that is too large for a window that is half empty waits, too", arguments: Backend.tested)
    func largeSuspends(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await js.makeStream("S", ["s.>"]) { $0.discardsAcknowledgement() }
            var options = AsyncPublisher.Options()
            options.acknowledgementTimeout = .milliseconds(500)
            let publisher = js.asyncPublisher(window: .init(messages: 10, bytes: 100), options: options)
            try await publisher.publish("s.1", String(repeating: "x", count: 30))
            let waiting = Task { try await publisher.publish("s.1", String(repeating: "x", count: 80)) }
            try await eventually("it waits") { publisher.statistics.waitingCalls == 1 }
            #expect(try await waiting.value == 1)
            #expect(try await natsError { try await publisher.flush() }?.code == .timedOut)
        }
    }

    @Test("refusals and duplicates are told of the right message", arguments: Backend.tested)
    func refusals(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher()
            let first = try await publisher.submit("s.1", "a", messageID: "a")
            let wrong = try await publisher.submit("s.1", "b", options: .init(expecting: .lastSequence(99)))
            let again = try await publisher.submit("s.1", "c", messageID: "a")
            let last = try await publisher.submit("s.1", "d", messageID: "d", headers: ["K": "v"])
            #expect(try await first.acknowledgement().sequence == 1)
            let error = try await natsError { _ = try await wrong.acknowledgement() }
            #expect(error?.jetStream?.code == .streamWrongLastSequence)
            #expect(error?.subject == "s.1")
            #expect(try await again.acknowledgement().isDuplicate)
            #expect(try await last.acknowledgement().sequence == 2)
            #expect(publisher.statistics.duplicates == 1)
            #expect(publisher.statistics.failed == 1)
            // The receipt has told it.
            try await publisher.flush()
            let stored = try await js.stored(2, in: "S")
            #expect(stored.header("K") == "v")
            #expect(stored.header(HeaderName.messageID) == "d")
        }
    }

    @Test("generated ids make two equal messages two, and headers of the caller stay", arguments: Backend.tested)
    func generatedIDs(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(options: .exactlyOnce())
            try await publisher.publish("s.1", "a")
            try await publisher.publish("s.1", "a", headers: ["K": "v"])
            try await publisher.publish("s.1", "a", messageID: "mine")
            try await publisher.publish("s.1", "a", options: .init(messageID: "mine"))
            try await publisher.flush()
            #expect(try await stream.info().state.messages == 3)
            let ids = try await [js.stored(1, in: "S"), js.stored(2, in: "S")].map {
                $0.headers.values(for: HeaderName.messageID)
            }
            #expect(ids.allSatisfy { $0.count == 1 })
            #expect(Set(ids.joined()).count == 2)
            #expect(try await js.stored(2, in: "S").header("K") == "v")
        }
    }

    @Test(
        "a subject without a stream fails after its attempts; a stream that comes in between gets the message",
        arguments: Backend.tested)
    func noStream(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var options = AsyncPublisher.Options()
            options.retryPause = .milliseconds(1)
            let publisher = js.asyncPublisher(options: options)
            try await publisher.publish("nobody", "x")
            let error = try await natsError { try await publisher.flush() }
            #expect(error?.code == .noResponders)
            #expect(error?.subject == "nobody")
            #expect(publisher.statistics.resent == 2)
            options.retryAttempts = 10_000
            let patient = js.asyncPublisher(options: options)
            // More than the control line of a server may have.
            let receipt = try await patient.submit("late", pattern(10_000))
            try await eventually("it was sent again") { patient.statistics.resent > 0 }
            _ = try await js.makeStream("LATE", ["late"])
            #expect(try await receipt.acknowledgement().stream == "LATE")
        }
    }

    @Test("large payloads are sent from where they lie", arguments: Backend.tested)
    func large(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(window: .init(messages: 100, bytes: 1 << 20), options: .exactlyOnce())
            for size in [16_383, 16_384, 16_385, 200_000] { try await publisher.publish("s.1", pattern(size)) }
            for _ in 0..<50 { try await publisher.publish("s.2", pattern(100_000)) }
            try await publisher.flush()
            for (index, size) in [16_383, 16_384, 16_385, 200_000].enumerated() {
                #expect(try await Array(js.stored(UInt64(index + 1), in: "S").payload) == pattern(size))
            }
            #expect(try await stream.info().state.messages == 54)
        }
    }

    @Test("many tasks share one window", arguments: Backend.tested)
    func manyTasks(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.makeStream("S", ["s.>"]) { $0.storage = .memory }
            let publisher = js.asyncPublisher(window: .init(messages: 32))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<20 {
                    group.addTask { for _ in 0..<200 { try await publisher.publish("s.\(task)", "x") } }
                }
                try await group.waitForAll()
            }
            try await publisher.flush()
            #expect(publisher.statistics.stored == 4_000)
            #expect(try await stream.subjectCounts().values.allSatisfy { $0 == 200 })
        }
    }

    @Test("the connection's close ends every message, receipt and waiting call", arguments: Backend.tested)
    func close(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await js.makeStream("S", ["s.>"]) { $0.discardsAcknowledgement() }
            let publisher = js.asyncPublisher(window: .init(messages: 2))
            let receipt = try await publisher.submit("s.1", "x")
            try await publisher.publish("s.1", "x")
            let waiting = Task { try await publisher.publish("s.1", "waits") }
            let flush = Task { try await publisher.flush() }
            try await eventually("both wait") { publisher.statistics.waitingCalls == 1 }
            await js.connection.close()
            #expect(try await natsError { _ = try await waiting.value }?.code == .connectionClosed)
            #expect(try await natsError { _ = try await receipt.acknowledgement() }?.code == .connectionClosed)
            #expect(try await natsError { try await flush.value }?.code == .connectionClosed)
            #expect(publisher.statistics.inFlight == 0)
            #expect(try await natsError { try await publisher.publish("s.1", "x") }?.code == .connectionClosed)
        }
    }

    @Test("a publisher that is gone leaves no subscription behind, after its last acknowledgement", arguments: Backend.tested)
    func gone(_ backend: Backend) async throws {
        try await withJetStream(backend, .with { $0.isMonitored = true }) { bench, js in
            let stream = try await js.makeStream("S", ["s.>"])
            func subscriptions() throws -> Int {
                try bench.server.monitor("/connz?subs=1", as: Subscriptions.self).connections.map(\.subscriptions).reduce(0, +)
            }
            let before = try subscriptions()
            do {
                let publisher = js.asyncPublisher()
                for _ in 0..<100 { try await publisher.publish("s.1", "x") }
            }
            try await eventually("all are stored") { try await stream.info().state.messages == 100 }
            // The requests' inbox stays.
            try await eventually("the inbox is gone") { try subscriptions() <= before }
        }
    }

    private struct Subscriptions: Decodable {
        struct Connection: Decodable { var subscriptions: Int }
        var connections: [Connection]
    }
}

extension StreamConfiguration {
    /// The stream stores messages and says nothing.
    mutating func discardsAcknowledgement() { suppressesAcknowledgements = true }
}
