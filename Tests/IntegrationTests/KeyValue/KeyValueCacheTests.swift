import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Key-value: local cache", .timeLimit(.minutes(3))) struct KeyValueCacheTests {
    @Test("it has what the bucket has, and follows it", arguments: Backend.tested)
    func follows(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            for key in ["a", "b"] { try await kv.put(key, "1") }
            let cache = try kv.cache()
            try await cache.ready()
            #expect(cache.isReady && cache.entries.count == 2 && cache["a"]?.string == "1" && cache["c"] == nil)
            let revision = try await kv.put("c", "1")
            try await kv.delete("a")
            try await eventually("it follows") { cache.revision == revision + 1 }
            #expect(cache["c"]?.string == "1" && cache["a"] == nil)
            cache.stop()
            try await eventually("nothing is left on the server") { try await kv.consumerCount() == 0 }
            #expect(cache["c"]?.string == "1")
        }
    }

    @Test("an empty bucket is ready at once, one that isn't there never", arguments: Backend.tested)
    func ready(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            let cache = try kv.cache()
            #expect(cache.isReady || cache.staleness == nil)
            try await cache.ready()
            #expect(cache.entries.isEmpty && cache.revision == 0 && cache.staleness != nil)
            let missing = try kv.stream.jetStream.unverifiedKeyValueStore("NONE").cache()
            await expectError(.bucketNotFound) { try await missing.ready() }
            await expectError(.bucketNotFound) { try await missing.ready() }
        }
    }

    @Test("its age shows how long the server was silent, and what went meanwhile goes", arguments: Backend.tested)
    func staleness(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 1, storage: .file), within: .seconds(120)) { bench, kv in
            for key in ["a", "b"] { try await kv.put(key, "1") }
            let cache = try kv.cache(heartbeat: .milliseconds(200))
            try await cache.ready()
            // Heartbeats keep it young.
            let age = try #require(cache.staleness)
            try await eventually("a heartbeat was heard") { (cache.staleness ?? age) < .milliseconds(200) }
            bench.server.kill()
            try await eventually("its age shows it") { (cache.staleness ?? .zero) > .seconds(1) }
            #expect(cache["a"]?.string == "1")
            try await bench.server.restart()
            try await eventually("the bucket is there again", within: .seconds(60)) { (try? await kv.put("c", "1")) != nil }
            try await kv.delete("a")
            try await kv.purgeDeletes(olderThan: .zero)
            try await eventually("it has what the bucket has") { cache["a"] == nil && cache["c"] != nil && cache["b"] != nil }
        }
    }
}
