import NATSClient
import NATSStores
import TestSupport
import Testing

/// ADR-42.
@Suite("JetStream: priority groups") struct PriorityGroupTests {
    private func configuration(_ policy: ConsumerConfiguration.PriorityPolicy) -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration(durable: "shared")
        configuration.priorityGroups = ["jobs"]
        configuration.priorityPolicy = policy
        if policy == .pinnedClient { configuration.priorityTimeout = .seconds(60) }
        return configuration
    }

    @Test("the pinned client gets everything, and another one takes over when it is unpinned", arguments: Backend.tested)
    func pinned(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            let consumer = try await js.filledStream(0).createConsumer(configuration(.pinnedClient))
            var options = ConsumeOptions(group: "jobs")
            options.maximumMessages = 20
            let first = consumer.messages(options)
            // Somebody listens before the first message comes.
            var firstEvents = first.events.makeAsyncIterator()
            try await js.fill("EVENTS", 1...100)
            #expect(try await first.acknowledgedNumbers(30) == Array(1...30))
            let event = await firstEvents.next()
            let hasPin = if case .pinned(let pin)? = event { !pin.isEmpty } else { false }
            #expect(hasPin)
            let other = try await bench.connect().jetStream().unverifiedStream("EVENTS").unverifiedConsumer("shared")
            let second = other.messages(options)
            try await eventually("the second one waits") { second.statistics.requestedMessages > 0 }
            #expect(try await first.acknowledgedNumbers(30) == Array(31...60))
            #expect(second.statistics.receivedMessages == 0)
            try await first.handBack()
            try await unpin(js)
            var rest: Set<Int> = []
            while rest.count < 40 {
                let message = try #require(try await second.next())
                rest.insert(message.number)
                try message.ack()
            }
            #expect(rest == Set(61...100))
        }
    }

    @Test("a pin that a message had before isn't taken for the server's", arguments: Backend.tested)
    func stalePin(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(0).createConsumer(configuration(.pinnedClient))
            var options = ConsumeOptions(group: "jobs")
            options.maximumMessages = 4
            let messages = consumer.messages(options)
            var events = messages.events.makeAsyncIterator()
            for number in 1...40 {
                try await js.connection.publish("events.1", "\(number)", headers: [HeaderName.pinID: "stale"])
            }
            for _ in 0..<40 { try #require(try await messages.next()).ack() }
            let pin = try #require(try await consumer.info().priorityGroups.first?.pinnedClientID)
            #expect(await events.next() == .pinned(id: pin))
        }
    }

    @Test("a client that has lost its pin asks without it at once, in all three forms", arguments: Backend.tested)
    func lostPin(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(100).createConsumer(configuration(.pinnedClient))
            var options = ConsumeOptions(group: "jobs")
            options.maximumMessages = 10
            let messages = consumer.messages(options)
            var events = messages.events.makeAsyncIterator()
            #expect(try await messages.acknowledgedNumbers(10) == Array(1...10))
            try await unpin(js)
            // The request that goes out next names a pin that isn't any more.
            #expect(try await messages.acknowledgedNumbers(40).count == 40)
            var seen: [ConsumerEvent] = []
            while let event = await events.next() {
                seen.append(event)
                if event == .unpinned { break }
            }
            #expect(seen.contains(.unpinned))
            try await messages.handBack()
            try await unpin(js)
            #expect(try await consumer.fetch(5, timeout: .seconds(30), .init(group: "jobs")).count == 5)
            try await unpin(js)
            #expect(try await consumer.next(timeout: .seconds(30), .init(group: "jobs")) != nil)
        }
    }

    /// A request without the pin waits behind the pinned client, which doesn't ask, until the server's patience is over.
    @Test("a client stays the pinned one from call to call", arguments: Backend.tested)
    func keptPin(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(100).createConsumer(configuration(.pinnedClient))
            let group = FetchOptions(group: "jobs")
            for first in [1, 11] {
                let numbers = try await consumer.fetch(10, timeout: .seconds(15), group).map(\.number)
                try #require(numbers == Array(first..<first + 10))
            }
            try #require(try await consumer.next(timeout: .seconds(15), group)?.number == 21)
            #expect(try await consumer.fetchNoWait(2, group).map(\.number) == [22, 23])
            var options = ConsumeOptions(group: "jobs")
            options.maximumMessages = 20
            for _ in 1...2 {
                let messages = consumer.messages(options)
                var events = messages.events.makeAsyncIterator()
                let event = try await messages.acknowledgedNumbers(5).count == 5 ? await events.next() : nil
                let isPinned = if case .pinned? = event { true } else { false }
                #expect(isPinned)
                try await messages.handBack()
            }
            // A pin that was taken back is forgotten by all calls.
            try await unpin(js)
            #expect(try await consumer.fetch(5, timeout: .seconds(15), group).count == 5)
            #expect(try await consumer.fetch(5, timeout: .seconds(15), group).count == 5)
        }
    }

    @Test("an overflow client gets messages only when enough of them are out", arguments: Backend.tested)
    func overflowOfAcknowledgements(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(10).createConsumer(configuration(.overflow))
            var picky = FetchOptions(group: "jobs")
            picky.minimumAcknowledgementsPending = 3
            #expect(try await consumer.fetch(5, timeout: .milliseconds(500), picky).isEmpty)
            let busy = try await consumer.fetch(3, timeout: .seconds(30), .init(group: "jobs"))
            #expect(busy.map(\.number) == [1, 2, 3])
            #expect(try await consumer.fetch(2, timeout: .seconds(30), picky).map(\.number) == [4, 5])
        }
    }

    @Test("an overflow client gets messages only when enough of them wait", arguments: Backend.tested)
    func overflow(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(5).createConsumer(configuration(.overflow))
            var picky = FetchOptions(group: "jobs")
            picky.minimumPending = 10
            #expect(try await consumer.fetch(5, timeout: .milliseconds(500), picky).isEmpty)
            try await js.fill("EVENTS", 6...20)
            #expect(try await consumer.fetch(5, timeout: .seconds(30), picky).map(\.number) == [1, 2, 3, 4, 5])
            #expect(try await consumer.fetch(2, timeout: .seconds(30), .init(group: "jobs")).map(\.number) == [6, 7])
        }
    }

    @Test("of prioritised clients the first gets messages before others", arguments: Backend.tested)
    func prioritized(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(0).createConsumer(configuration(.prioritized))
            var (first, second) = (FetchOptions(group: "jobs"), FetchOptions(group: "jobs"))
            first.priority = 1
            second.priority = 2
            let (early, late) = (second, first)
            async let later = consumer.fetch(1, timeout: .seconds(30), early)
            try await eventually("it waits") { try await consumer.info().waitingRequests == 1 }
            async let sooner = consumer.fetch(1, timeout: .seconds(30), late)
            try await eventually("both wait") { try await consumer.info().waitingRequests == 2 }
            try await js.fill("EVENTS", 1...1)
            #expect(try await sooner.map(\.number) == [1])
            try await js.fill("EVENTS", 2...2)
            #expect(try await later.map(\.number) == [2])
        }
    }

    @Test("a group that doesn't exist is refused", arguments: Backend.tested)
    func unknown(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(1).createConsumer(configuration(.pinnedClient))
            let error = await expectError(.pullRefused) { try await consumer.fetch(1, .init(group: "others")) }
            #expect(error?.message.contains("Invalid Priority Group") == true)
            await expectError(.pullRefused) { try await consumer.messages().next() }
        }
    }

    private func unpin(_ js: JetStream) async throws {
        _ = try await js.connection.request("$JS.API.CONSUMER.UNPIN.EVENTS.shared", #"{"group":"jobs"}"#)
    }
}
