import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Key-value: several changes at once") struct KeyValueBatchTests {
    @Test("all changes are made, with the revisions that are told", arguments: Backend.tested)
    func commit(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 5, storage: .memory, allowsAtomicUpdates: true)) { _, kv in
            let city = try await kv.put("city", "Paris")
            for key in ["draft", "old"] { try await kv.put(key, "x") }
            var batch = KeyValueBatch()
            batch.put("name", "Ada")
            batch.update("city", "London", revision: city)
            batch.create("new", [1, 2])
            batch.delete("draft")
            batch.purge("old")
            #expect(batch.count == 5)
            let revisions = try await kv.commit(batch)
            #expect(revisions == [4, 5, 6, 7, 8])
            for (key, revision) in zip(["name", "city", "new", "draft", "old"], revisions) {
                #expect(try await kv.entry(key)?.revision == revision)
            }
            #expect(try await kv.get("city")?.string == "London")
            #expect(try await kv.history("draft").map(\.operation) == [.put, .delete])
            #expect(try await kv.history("old").map(\.operation) == [.purge])
        }
    }

    @Test("when one can't be made, none is", arguments: Backend.tested)
    func refused(_ backend: Backend) async throws {
        try await withBucket(backend, .init(storage: .memory, allowsAtomicUpdates: true)) { _, kv in
            try await kv.put("a", "1")
            var wrong = KeyValueBatch()
            wrong.put("b", "1")
            wrong.update("a", "2", revision: 7)
            await expectError(.wrongRevision) { try await kv.commit(wrong) }
            var existing = KeyValueBatch()
            existing.put("b", "1")
            existing.create("a", "2")
            await expectError(.keyExists) { try await kv.commit(existing) }
            #expect(try await kv.keys().all() == ["a"])
            #expect(try await kv.status().lastRevision == 1)
            await expectError(.invalidOption) { try await kv.commit(KeyValueBatch()) }
            var twice = KeyValueBatch()
            twice.put("a", "1")
            twice.delete("a")
            await expectError(.invalidOption) { try await kv.commit(twice) }
            var unsound = KeyValueBatch()
            unsound.put("a..b", "1")
            await expectError(.invalidKey) { try await kv.commit(unsound) }
        }
    }

    @Test("removed keys are made again", arguments: Backend.tested)
    func overMarkers(_ backend: Backend) async throws {
        try await withBucket(backend, .init(storage: .memory, allowsAtomicUpdates: true)) { _, kv in
            for key in ["a", "b"] { try await kv.put(key, "1") }
            try await kv.delete("a")
            try await kv.purge("b")
            var batch = KeyValueBatch()
            for key in ["a", "b", "c"] { batch.create(key, "2") }
            try await kv.commit(batch)
            #expect(try await kv.get(["a", "b", "c"]).mapValues(\.string) == ["a": "2", "b": "2", "c": "2"])
        }
    }

    @Test("a bucket that doesn't allow it refuses, and nothing is changed", arguments: Backend.tested)
    func disabled(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            var batch = KeyValueBatch()
            batch.put("a", "1")
            batch.put("b", "1")
            try await expectRefusal(.atomicPublishDisabled) { try await kv.commit(batch) }
            #expect(try await kv.keys().all() == [])
        }
    }
}
