import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Key-value: keys") struct KeyValueTests {
    @Test("keys get values, which are read back with all that is known of them", arguments: Backend.tested)
    func putAndGet(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            #expect(try await kv.get("a") == nil)
            #expect(try await kv.put("a", "1") == 1)
            #expect(try await kv.put("b.c/d=e_f-G", [0, 1, 2, 255]) == 2)
            #expect(try await kv.put("a", "2") == 3)
            for source in [ReadSource.anyReplica, .leader] {
                let entry = try #require(try await kv.get("a", source: source))
                #expect(entry.bucket == "B" && entry.key == "a" && entry.string == "2" && entry.revision == 3)
                #expect(entry.operation == .put && entry.isPresent && entry.removalReason == nil && entry.timeToLive == nil)
                let info = try await kv.stream.info()
                #expect(entry.created == info.state.lastTime)
            }
            #expect(try await kv.get("b.c/d=e_f-G").map { Array($0.value) } == [0, 1, 2, 255])
            // What was received is stored again without a detour.
            let value = try #require(try await kv.get("a")).value
            try await kv.put("copy", value)
            try await kv.put("slice", [9, 8, 7][1...])
            #expect(try await kv.get("copy")?.string == "2")
            #expect(try await kv.get("slice").map { Array($0.value) } == [8, 7])
        }
    }

    @Test("a revision is read back, of its own key only", arguments: Backend.tested)
    func revisions(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 3, storage: .memory)) { _, kv in
            try await kv.put("a", "1")
            try await kv.put("b", "x")
            try await kv.put("a", "2")
            #expect(try await kv.get("a", revision: 1)?.string == "1")
            #expect(try await kv.get("a", revision: 3)?.string == "2")
            #expect(try await kv.get("a", revision: 2) == nil)
            #expect(try await kv.get("a", revision: 0) == nil)
            #expect(try await kv.get("a", revision: 9) == nil)
            try await kv.delete("a")
            #expect(try await kv.get("a", revision: 4) == nil)
            #expect(try await kv.entry("a", revision: 4)?.operation == .delete)
        }
    }

    @Test("a key is made once, and again when it was removed", arguments: Backend.tested)
    func create(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 2, storage: .memory)) { _, kv in
            #expect(try await kv.create("a", "1") == 1)
            await expectError(.keyExists) { try await kv.create("a", "2") }
            try await kv.delete("a")
            #expect(try await kv.create("a", "3") == 3)
            try await kv.purge("a")
            #expect(try await kv.create("a", [4]) == 5)
            #expect(try await kv.get("a").map { Array($0.value) } == [4])
        }
    }

    @Test("a value is replaced only by who knows its revision", arguments: Backend.tested)
    func update(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            let first = try await kv.put("a", "1")
            let second = try await kv.update("a", "2", revision: first)
            let error = await expectError(.wrongRevision) { try await kv.update("a", "3", revision: first) }
            #expect(error?.jetStream?.code == .streamWrongLastSequence)
            await expectError(.wrongRevision) { try await kv.update("b", "1", revision: 7) }
            #expect(try await kv.update("b", [1], revision: 0) == 3)
            #expect(try await kv.get("a")?.revision == second)
        }
    }

    @Test("removed keys leave a marker, with or without their history", arguments: Backend.tested)
    func remove(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 5, storage: .memory)) { _, kv in
            for key in ["a", "b"] {
                for value in 1...3 { try await kv.put(key, "\(value)") }
            }
            #expect(try await kv.delete("a") == 7)
            #expect(try await kv.purge("b") == 8)
            for key in ["a", "b"] { #expect(try await kv.get(key) == nil) }
            let deleted = try #require(try await kv.entry("a"))
            #expect(deleted.operation == .delete && deleted.value.isEmpty && deleted.removalReason == nil)
            #expect(try await kv.entry("b")?.operation == .purge)
            #expect(try await kv.history("a").map(\.operation) == [.put, .put, .put, .delete])
            #expect(try await kv.history("b").map(\.operation) == [.purge])
        }
    }

    @Test("a key is removed only by who knows its revision", arguments: Backend.tested)
    func removeRevision(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            let first = try await kv.put("a", "1")
            let second = try await kv.put("a", "2")
            await expectError(.wrongRevision) { try await kv.delete("a", revision: first) }
            await expectError(.wrongRevision) { try await kv.purge("a", revision: first) }
            // Nothing is there: also that can be expected.
            await expectError(.wrongRevision) { try await kv.delete("a", revision: 0) }
            let third = try await kv.delete("a", revision: second)
            try await kv.purge("a", revision: third)
            #expect(try await kv.get("a") == nil)
        }
    }

    @Test("the history has what the bucket keeps, the oldest first", arguments: Backend.tested)
    func history(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 3, storage: .memory)) { _, kv in
            #expect(try await kv.history("a").isEmpty)
            for value in 1...5 { try await kv.put("a", "\(value)") }
            try await kv.put("b", "x")
            let history = try await kv.history("a")
            #expect(history.map(\.string) == ["3", "4", "5"] && history.map(\.revision) == [3, 4, 5])
            try await eventually("nothing is left on the server") { try await kv.consumerCount() == 0 }
        }
    }

    @Test("keys come once each, without removed ones, and an empty bucket has none", arguments: Backend.tested)
    func keys(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 4, storage: .memory)) { _, kv in
            #expect(try await kv.keys().all() == [])
            for number in 1...50 { try await kv.put("users.\(number % 25).name", "\(number)") }
            try await kv.put("other", "x")
            try await kv.delete("users.7.name")
            try await kv.purge("users.8.name")
            let all = try await kv.keys().all()
            #expect(all.count == 24 && Set(all).count == 24 && all.contains("other") && !all.contains("users.7.name"))
            #expect(try await kv.keys(["users.*.name"]).all().count == 23)
            #expect(Set(try await kv.keys(["users.1.name", "other"]).all()) == ["users.1.name", "other"])
            #expect(try await kv.keys(["nobody.>"]).all() == [])
            // A loop that is left early leaves nothing behind.
            for try await key in try kv.keys() where key == "users.9.name" { break }
            try await eventually("nothing is left on the server") { try await kv.consumerCount() == 0 }
        }
    }

    @Test("every key is listed once while others write", arguments: Backend.tested)
    func keysUnderWrites(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 2, storage: .memory)) { bench, kv in
            let publisher = kv.stream.jetStream.asyncPublisher()
            for number in 0..<2000 { try await publisher.publish("$KV.B.k\(number)", "0") }
            try await publisher.flush()
            let writer = try await bench.connect()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var number = 0
                    while !Task.isCancelled {
                        try await writer.publish("$KV.B.k\(number * 7 % 2000)", "1")
                        number += 1
                        if number % 64 == 0 { try await writer.flush() }
                    }
                }
                for _ in 1...5 {
                    let keys = try await kv.keys().all()
                    #expect(keys.count == 2000 && Set(keys).count == 2000)
                }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }

    @Test("what isn't a key or a bucket's name is refused before anything is sent", arguments: Backend.tested)
    func names(_ backend: Backend) async throws {
        try await withBucket(backend) { bench, kv in
            for key in ["", ".", "a..b", ".a", "a.", "a b", "a*", "*", ">", "a.>", "ä", "a\u{0}", "a:b", "$a"] {
                await expectError(.invalidKey) { try await kv.put(key, "x") }
                await expectError(.invalidKey) { try await kv.get(key) }
                await expectError(.invalidKey) { try await kv.delete(key) }
                await expectError(.invalidKey) { try await kv.history(key) }
            }
            await expectError(.invalidKey) { try await kv.put("_kv.meta", "x") }
            #expect(try await kv.get("_kv.meta") == nil)
            for filter in ["", "a..b", ">.a", "a*", "a.>b", "a b"] {
                await expectError(.invalidKey) { try kv.watch([filter]) }
                await expectError(.invalidKey) { try kv.keys([filter]) }
            }
            for key in ["a", "-", "/", "_", "=", "a.b.c", "A-1/x_y=z", "_k"] { try await kv.put(key, key) }
            #expect(try await kv.keys().all().count == 8)
            let js = try await bench.connect().jetStream()
            for bucket in ["", "a.b", "a b", "a>", "ä"] {
                await expectError(.invalidBucketName) { try await js.keyValueStore(bucket, create: .init()) }
                await expectError(.invalidBucketName) { try js.unverifiedKeyValueStore(bucket) }
            }
        }
    }

    @Test("a marker that is old goes, with what is left before it; a newer one stays", arguments: Backend.tested)
    func purgeDeletes(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 5, storage: .memory)) { _, kv in
            for value in 1...3 {
                try await kv.put("a", "\(value)")
                try await kv.put("b", "\(value)")
            }
            try await kv.delete("a")
            #expect(try await kv.purgeDeletes(olderThan: .seconds(3600)) == 1)
            #expect(try await kv.history("a").map(\.operation) == [.delete])
            #expect(try await kv.purgeDeletes(olderThan: .zero) == 1)
            #expect(try await kv.entry("a") == nil)
            #expect(try await kv.history("b").count == 3)
            #expect(try await kv.purgeDeletes() == 0)
            try await kv.put("a.1", "x")
            try await kv.put("a.2", "x")
            #expect(try await kv.erase(matching: "a.*") == 2)
            #expect(try await kv.keys().all() == ["b"])
        }
    }
}
