import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Object store: what calls leave behind", .timeLimit(.minutes(5))) struct ObjectLeakTests {
    @Test("subscriptions, consumers, chunks and timers are as many after many calls as before", arguments: Backend.tested)
    func nothing(_ backend: Backend) async throws {
        try await withJetStream(backend, .with { $0.isMonitored = true }, within: .seconds(120)) { bench, js in
            let objects = try await js.objectStore("B", create: .init(storage: .memory))
            func cycle(_ number: Int) async throws {
                let info = try await objects.put("a", pattern(300_000, seed: number))
                _ = try await objects.get("a")
                _ = try await objects.get("a", range: 200_000..<200_010, of: info)
                for try await _ in try await objects.chunks("a") { break }
                _ = try await objects.list()
                let watch = try objects.watch()
                _ = try await watch.take(1)
                watch.stop()
                _ = try await objects.orphans(idleFor: .zero)
                _ = try? await objects.put("b", from: TestPieces(pieces: [pattern(300_000)]) { throw TestFailure() })
            }
            // What is made once is there afterwards: the inbox of requests.
            try await cycle(0)
            try await eventually("the first cycle has left nothing", within: .seconds(60)) {
                try await objects.stream.info().state.consumerCount == 0
            }
            try await objects.stream.jetStream.connection.flush()
            let subscriptions = try await bench.subscriptionCount(atMost: 2)
            let timers = bench.loop.statistics.timers
            for number in 1...12 { try await cycle(number) }
            try await eventually("no consumer remains", within: .seconds(60)) {
                try await objects.stream.info().state.consumerCount == 0
            }
            #expect(try await bench.subscriptionCount(atMost: subscriptions) <= subscriptions)
            try await eventually("no timer remains", within: .seconds(60)) { bench.loop.statistics.timers <= timers }
            try await objects.expectNoOrphans()
        }
    }
}

extension Bench {
    /// How many subscriptions the server has of its clients, once they are as few as that.
    fileprivate func subscriptionCount(atMost maximum: Int) async throws -> Int {
        var count = Int.max
        try await eventually("subscriptions are gone", within: .seconds(60)) {
            count = try server.monitor("/connz", as: ConnectionsPage.self).connections.map(\.subscriptions).reduce(0, +)
            return count <= maximum
        }
        return count
    }
}
