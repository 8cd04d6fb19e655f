import NATSClient
import NATSStores
import TestSupport
import Testing

/// What becomes of watches and counters when connections and servers go and come back.
@Suite("Key-value: storms", .timeLimit(.minutes(6))) struct KeyValueStormTests {
    @Test(
        "100 watches in a storm of reconnects and restarts have every last value, in order, and 100 consumers",
        arguments: Backend.tested)
    func watches(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 1, storage: .file), within: .seconds(300)) { bench, kv in
            let readers = [try await bench.connect(), try await bench.connect()]
            var options = KeyValueWatchOptions()
            options.inactiveThreshold = .seconds(15)
            for number in 0..<10 { try await kv.put("k\(number)", "0") }
            var watches: [KeyValueWatch] = []
            for number in 0..<100 {
                let bucket = try readers[number % 2].jetStream().unverifiedKeyValueStore("B")
                watches.append(try bucket.watch(options: options))
            }
            let final = 12
            try await withThrowingTaskGroup(of: Void.self) { group in
                for watch in watches {
                    group.addTask {
                        var last: [String: (value: Int, revision: UInt64)] = [:]
                        var revision: UInt64 = 0
                        while last.count < 10 || last.values.contains(where: { $0.value < final }) {
                            guard let entry = try #require(try await watch.next()).entry else { continue }
                            try #require(entry.revision > revision, "not in order")
                            revision = entry.revision
                            last[entry.key] = (try #require(Int(entry.string)), entry.revision)
                        }
                    }
                }
                for round in 1...final {
                    if round == 4 || round == 8 {
                        bench.server.kill()
                        try await bench.server.restart()
                    } else {
                        for reader in readers { try? await reader.reconnect() }
                    }
                    for number in 0..<10 {
                        try await eventually("the bucket takes values", within: .seconds(60)) {
                            (try? await kv.put("k\(number)", "\(round)")) != nil
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("each has one consumer", within: .seconds(60)) { try await kv.consumerCount() == 100 }
            for watch in watches { watch.stop() }
            try await eventually("and none afterwards", within: .seconds(60)) { try await kv.consumerCount() == 0 }
        }
    }

    @Test("counters of many clients end exact while servers are killed", .timeLimit(.minutes(6)), arguments: Backend.tested)
    func counters(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend) { bench, cluster, js in
            let kv = try await js.keyValueStore("B", create: .init(storage: .file, replicas: 3))
            let clients = 4
            let increments = 40
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<clients {
                    let own = try await bench.connect(cluster.urls).jetStream().unverifiedKeyValueStore("B")
                    group.addTask { try await Self.increase(own, times: increments, client) }
                }
                for round in 0..<3 {
                    try await eventually("the counter goes on", within: .seconds(60)) {
                        let value = try? await kv.get("counter", source: .leader)?.string
                        return (value.flatMap { Counts($0) }?.total ?? 0) >= (round + 1) * 20
                    }
                    let victim = cluster.servers[round]
                    victim.kill()
                    try await victim.restart()
                }
                try await group.waitForAll()
            }
            try await eventually("all was counted once", within: .seconds(60)) {
                let entry = try? await kv.get("counter", source: .leader)
                return entry.flatMap { Counts($0.string) }?.counts == Array(repeating: increments, count: clients)
            }
        }
    }

    /// How often each client has counted. So a client knows whether an update of which nobody spoke was stored.
    private struct Counts {
        var counts: [Int]
        var total: Int { counts.reduce(0, +) }
        var text: String { counts.map(String.init).joined(separator: " ") }

        init(clients: Int) { counts = Array(repeating: 0, count: clients) }
        init?(_ text: String) { counts = text.split(separator: " ").compactMap { Int($0) } }
    }

    private static func increase(_ kv: KeyValueStore, times: Int, _ client: Int) async throws {
        var done = 0
        while done < times {
            do {
                let entry = try await kv.get("counter", source: .leader)
                var counts = entry.flatMap { Counts($0.string) } ?? Counts(clients: 4)
                // What was stored without a word counts.
                done = counts.counts[client]
                guard done < times else { break }
                counts.counts[client] += 1
                try await kv.update("counter", counts.text, revision: entry?.revision ?? 0)
            } catch let error as NATSError where error.code == .wrongRevision || error.isRetryable {
                await Task.yield()
            }
        }
    }
}
