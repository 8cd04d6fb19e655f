import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Key-value: many keys at once") struct KeyValueManyTests {
    @Test("many keys are read with one request", arguments: Backend.tested)
    func multiGet(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            #expect(try await kv.get([]).isEmpty)
            #expect(try await kv.get(["a"]).isEmpty)
            for number in 1...20 { try await kv.put("k\(number)", "\(number)") }
            try await kv.delete("k3")
            let nats = kv.stream.jetStream.connection
            let requests = try await nats.subscribe("$JS.API.DIRECT.GET.>")
            let values = try await kv.get(["k1", "k3", "k20", "k1", "none"])
            #expect(values.mapValues(\.string) == ["k1": "1", "k20": "20"])
            #expect(requests.statistics.pendingMessages == 1)
            await expectError(.invalidKey) { try await kv.get(["a", "*"]) }
        }
    }

    @Test("more keys than a server answers for come in parts", arguments: Backend.tested)
    func thousands(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            let publisher = kv.stream.jetStream.asyncPublisher()
            for number in 0..<2500 { try await publisher.publish("$KV.B.k\(number)", "\(number)") }
            try await publisher.flush()
            let values = try await kv.get((0..<2500).map { "k\($0)" })
            #expect(values.count == 2500 && values["k2499"]?.string == "2499")
            let snapshot = try await kv.snapshot()
            #expect(snapshot.entries.count == 2500 && snapshot.revision == 2500 && snapshot["k7"]?.string == "7")
            #expect(snapshot.entries.map(\.revision) == snapshot.entries.map(\.revision).sorted())
            #expect(try await kv.snapshot(["k1", "k2"]).entries.count == 2)
            try await eventually("nothing is left on the server") { try await kv.consumerCount() == 0 }
        }
    }

    @Test("a snapshot is of one moment, also of an earlier one", arguments: Backend.tested)
    func snapshot(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 10, storage: .memory)) { _, kv in
            #expect(try await kv.snapshot().entries.isEmpty)
            for value in 1...3 {
                for key in ["a", "b", "c"] { try await kv.put(key, "\(value)") }
            }
            try await kv.delete("c")
            let now = try await kv.snapshot()
            #expect(now.entries.map(\.string) == ["3", "3"] && now.revision == 10 && now["b"]?.revision == 8 && now["c"] == nil)
            let then = try await kv.snapshot(["a", "c"], at: .sequence(4))
            #expect(then["a"]?.string == "2" && then["c"]?.string == "1" && then["b"] == nil && then.revision == 4)
        }
    }

    @Test("a large snapshot of an earlier moment has what the history has", arguments: Backend.tested)
    func largeEarlierSnapshot(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 2, storage: .memory)) { _, kv in
            let publisher = kv.stream.jetStream.asyncPublisher()
            for number in 0..<1500 { try await publisher.publish("$KV.B.a.k\(number)", "1") }
            try await publisher.flush()
            let now = try await kv.snapshot(["a.>"])
            #expect(now.entries.count == 1500 && now.revision == 1500)
            for number in 0..<1400 { try await publisher.publish("$KV.B.a.k\(number)", "2") }
            for number in 0..<200 { try await publisher.publish("$KV.B.b.k\(number)", "2") }
            try await publisher.flush()
            try await kv.delete("a.k1450")
            for end in [StreamPosition.sequence(1500), .sequence(1600)] {
                let then = try await kv.snapshot(["a.*", "b.>"], at: end)
                #expect(then.entries.count == 1500 && then["a.k1450"]?.string == "1")
                #expect(then["a.k3"]?.string == (end == .sequence(1500) ? "1" : "2") && then["a.k1300"]?.string == "1")
            }
            #expect(try await kv.snapshot(["a.>", "b.>"]).entries.count == 1699)
        }
    }

    @Test("a snapshot of many keys is of one moment, too", arguments: Backend.tested)
    func consistentLarge(_ backend: Backend) async throws {
        try await withBucket(backend, .init(storage: .memory, allowsAtomicUpdates: true), within: .seconds(120)) { bench, kv in
            let publisher = kv.stream.jetStream.asyncPublisher()
            for number in 0..<1500 { try await publisher.publish("$KV.B.k\(number)", "0") }
            try await publisher.flush()
            let writer = try await bench.connect().jetStream().keyValueStore("B")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...200 {
                        var batch = KeyValueBatch()
                        for key in [3, 700, 1499] { batch.put("k\(key)", "\(number)") }
                        try await writer.commit(batch)
                    }
                }
                for _ in 1...20 {
                    let snapshot = try await kv.snapshot()
                    let values = Dictionary(uniqueKeysWithValues: snapshot.entries.map { ($0.key, $0.string) })
                    #expect(values.count == 1500)
                    #expect(values["k3"] == values["k700"] && values["k3"] == values["k1499"])
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("two keys that change together are never seen apart", arguments: Backend.tested)
    func consistent(_ backend: Backend) async throws {
        try await withBucket(backend, .init(storage: .memory, allowsAtomicUpdates: true)) { bench, kv in
            let writer = try await bench.connect().jetStream().keyValueStore("B")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...60 {
                        var batch = KeyValueBatch()
                        batch.put("a", "\(number)")
                        batch.put("b", "\(number)")
                        try await writer.commit(batch)
                    }
                }
                for _ in 1...60 {
                    let values = try await kv.get(["a", "b"])
                    #expect(values["a"]?.string == values["b"]?.string)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a large bucket is read page by page", arguments: Backend.tested)
    func pages(_ backend: Backend) async throws {
        for history in [1, 5] {
            try await withBucket(backend, .init(history: history, storage: .memory)) { _, kv in
                #expect(try await kv.page(count: 10).next == nil)
                for number in 0..<100 { try await kv.put("k\(number % 40)", "\(number)") }
                try await kv.delete("k7")
                var page = try await kv.page(count: 9)
                var entries = page.entries
                while let next = page.next {
                    page = try await kv.page(after: next, count: 9)
                    entries += page.entries
                }
                #expect(entries.count == 39 && Set(entries.map(\.key)).count == 39)
                #expect(entries.first { $0.key == "k39" }?.string == "79" && !entries.contains { $0.key == "k7" })
                #expect(entries.map(\.revision) == entries.map(\.revision).sorted())
                #expect(try await kv.page(matching: "k1", count: 100).entries.map(\.string) == ["81"])
            }
        }
    }
}
