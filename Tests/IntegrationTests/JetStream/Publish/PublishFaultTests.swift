import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

/// Servers die and come back while a window of messages is under way; every message is accounted for.
@Suite("Publishing through faults", .serialized) struct PublishFaultTests {
    /// What a publisher said of each message, by its payload.
    private final class Account: Sendable {
        private let acknowledged = Mutex<Set<Int>>([])
        private let failed = Mutex<[Int: NATSError]>([:])

        func note(_ number: Int, _ outcome: PublishOutcome) {
            switch outcome.result {
            case .success: #expect(acknowledged.withLock { $0.insert(number).inserted }, "\(number) ended twice")
            case .failure(let error): #expect(failed.withLock { $0.updateValue(error, forKey: number) } == nil)
            }
        }

        var stored: Set<Int> { acknowledged.withLock { $0 } }
        var unknown: [Int: NATSError] { failed.withLock { $0 } }
    }

    /// Publishes numbers until it is stopped, and reads all outcomes. A message that isn't published takes no number.
    private static func publish(_ publisher: AsyncPublisher, until isEnough: @escaping @Sendable () -> Bool) async throws -> (
        Account, Int
    ) {
        let account = Account()
        let outcomes = publisher.outcomes()
        async let reading: Void = {
            for try await batch in outcomes {
                for outcome in batch { account.note(Int(outcome.number), outcome) }
            }
        }()
        var published = 0
        while !isEnough() {
            #expect(try await publisher.publish("s.\(published % 5)", "\(published)") == UInt64(published))
            published += 1
        }
        try await publisher.finish(timeout: .seconds(60))
        try await reading
        return (account, published)
    }

    /// All payloads of the stream, in order.
    private static func contents(_ js: JetStream) async throws -> [Int] {
        let count = try await js.stream("S").info().state.lastSequence
        var numbers: [Int] = []
        for sequence in stride(from: UInt64(1), through: count, by: 1) {
            numbers.append(Int(try await js.stored(sequence, in: "S").string) ?? -1)
        }
        return numbers
    }

    @Test("exactly once through many kills: everything is stored once, in the order of publishing", arguments: Backend.tested)
    func exactlyOnce(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(240)) { bench, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(window: .init(messages: 200), options: .exactlyOnce(within: .seconds(120)))
            let isEnough = Mutex(false)
            async let result = Self.publish(publisher) { isEnough.withLock { $0 } }
            for _ in 0..<10 {
                let before = publisher.statistics.stored
                try await eventually("traffic flows", within: .seconds(60)) { publisher.statistics.stored > before + 300 }
                bench.server.kill()
                try await bench.server.restart()
            }
            isEnough.withLock { $0 = true }
            let (account, published) = try await result
            #expect(account.stored.count == published)
            #expect(account.unknown.isEmpty)
            #expect(publisher.statistics.resent > 0)
            #expect(try await Self.contents(js) == Array(0..<published))
        }
    }

    @Test("without resending, every message ends once, and what is acknowledged is stored", arguments: Backend.tested)
    func atMostOnce(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(240)) { bench, js in
            _ = try await js.makeStream("S", ["s.>"])
            let publisher = js.asyncPublisher(window: .init(messages: 200))
            let isEnough = Mutex(false)
            async let result = Self.publish(publisher) { isEnough.withLock { $0 } }
            for _ in 0..<10 {
                let before = publisher.statistics.stored
                try await eventually("traffic flows", within: .seconds(60)) { publisher.statistics.stored > before + 300 }
                bench.server.kill()
                try await bench.server.restart()
            }
            isEnough.withLock { $0 = true }
            let (account, published) = try await result
            #expect(account.stored.count + account.unknown.count == published)
            let contents = try await Self.contents(js)
            #expect(account.stored.subtracting(contents).isEmpty, "an acknowledged message isn't there")
            #expect(publisher.statistics.inFlight == 0)
        }
    }

    @Test("at least once: resending without ids loses nothing", arguments: Backend.tested)
    func atLeastOnce(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(240)) { bench, js in
            _ = try await js.makeStream("S", ["s.>"])
            var options = AsyncPublisher.Options.exactlyOnce(within: .seconds(120))
            options.messageIDs = .given
            let publisher = js.asyncPublisher(window: .init(messages: 200), options: options)
            let isEnough = Mutex(false)
            async let result = Self.publish(publisher) { isEnough.withLock { $0 } }
            for _ in 0..<5 {
                let before = publisher.statistics.stored
                try await eventually("traffic flows", within: .seconds(60)) { publisher.statistics.stored > before + 300 }
                bench.server.kill()
                try await bench.server.restart()
            }
            isEnough.withLock { $0 = true }
            let (account, published) = try await result
            #expect(account.stored.count == published)
            #expect(Set(try await Self.contents(js)) == Set(0..<published))
        }
    }

    @Test("exactly once on three replicas, through kills of any member", arguments: Backend.tested)
    func cluster(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend, within: .seconds(300)) { bench, cluster, js in
            _ = try await js.makeStream("S", ["s.>"]) { $0.replicas = 3 }
            let publisher = js.asyncPublisher(window: .init(messages: 100), options: .exactlyOnce(within: .seconds(200)))
            let isEnough = Mutex(false)
            async let result = Self.publish(publisher) { isEnough.withLock { $0 } }
            for round in 0..<6 {
                let before = publisher.statistics.stored
                try await eventually("traffic flows", within: .seconds(90)) { publisher.statistics.stored > before + 200 }
                cluster[round % 3].kill()
                try await cluster[round % 3].restart()
                try await cluster.settle(within: .seconds(60))
            }
            isEnough.withLock { $0 = true }
            let (account, published) = try await result
            #expect(account.stored.count == published)
            #expect(account.unknown.isEmpty, "\(account.unknown.first.map { "\($0)" } ?? "")")
            #expect(Set(try await Self.contents(js)) == Set(0..<published))
            #expect(try await js.stream("S").info().state.messages == UInt64(published))
        }
    }
}
