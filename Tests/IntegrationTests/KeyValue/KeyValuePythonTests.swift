import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Key-value: with the Python client") struct KeyValuePythonTests {
    @Test("what it has stored is read, watched and changed", arguments: Backend.tested)
    func theirs(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await PythonClient.run(
                bench.server.url,
                """
                kv = await js.create_key_value(config=api.KeyValueConfig(
                    bucket="B", history=5, description="from afar", ttl=3600, max_value_size=1000,
                    storage=api.StorageType.MEMORY, direct=True))
                await kv.put("a", b"1")
                await kv.put("a", b"2")
                await kv.create("b.c", bytes([0, 255]))
                await kv.put("gone", b"x")
                await kv.delete("gone")
                await kv.put("purged", b"x")
                await kv.purge("purged")
                """)
            let kv = try await js.keyValueStore("B")
            let configuration = try await kv.status().configuration
            #expect(configuration.history == 5 && configuration.description == "from afar")
            #expect(configuration.timeToLive == .seconds(3600) && configuration.maximumValueBytes == 1000)
            #expect(try await kv.get("a")?.string == "2")
            #expect(try await kv.get("b.c").map { Array($0.value) } == [0, 255])
            #expect(try await kv.history("gone").map(\.operation) == [.put, .delete])
            #expect(try await kv.history("purged").map(\.operation) == [.purge])
            #expect(try await kv.watch().initial() == ["a=2", "b.c=\u{0}\u{FFFD}", "-gone", "--purged"])
            #expect(try await kv.keys().all() == ["a", "b.c"])
            let revision = try #require(try await kv.get("a")).revision
            try await kv.update("a", "3", revision: revision)
            try await kv.create("gone", "again")
        }
    }

    @Test("what we have stored is read, watched and changed there", arguments: Backend.tested)
    func ours(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 4, storage: .memory)) { bench, kv in
            try await kv.put("a", "1")
            let revision = try await kv.put("a", "2")
            try await kv.create("b.c", "x")
            try await kv.put("gone", "x")
            try await kv.delete("gone")
            try await kv.put("purged", "x")
            try await kv.purge("purged")
            let lines = try await PythonClient.run(
                bench.server.url,
                """
                kv = await js.key_value("B")
                status = await kv.status()
                print(status.bucket, status.history, status.values)
                entry = await kv.get("a")
                print(entry.key, entry.value.decode(), entry.revision)
                print(sorted(await kv.keys()))
                print([(entry.operation, entry.revision) for entry in await kv.history("a")])
                for key in ["gone", "purged"]:
                    try:
                        await kv.get(key)
                    except nats.js.errors.KeyNotFoundError as error:
                        print(key, error.op)
                watcher = await kv.watchall()
                async for entry in watcher:
                    if entry is None:
                        break
                    print(entry.key, entry.operation)
                print(await kv.update("a", b"3", last=\(revision)))
                print(await kv.create("gone", b"again"))
                """)
            #expect(
                lines == [
                    "B 4 6", "a 2 2", "['a', 'b.c']", "[(None, 1), (None, 2)]", "gone DEL", "purged PURGE", "a None", "b.c None",
                    "gone DEL", "purged PURGE", "8", "9",
                ])
            #expect(try await kv.get("a")?.string == "3")
            #expect(try await kv.get("gone")?.string == "again")
        }
    }

    @Test("messages are the same, byte for byte", arguments: Backend.tested)
    func golden(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 9, storage: .memory, limitMarkerTTL: .seconds(60))) { _, kv in
            let seen = try await kv.stream.jetStream.connection.subscribe("$KV.>")
            try await kv.put("a", "1")
            try await kv.create("b", "1", timeToLive: .after(.seconds(90)))
            try await kv.update("a", "2", revision: 1)
            try await kv.delete("a")
            try await kv.delete("a", revision: 4)
            try await kv.purge("a", revision: 5, timeToLive: .after(.milliseconds(1500)))
            var lines: [String] = []
            for _ in 1...6 {
                let message = try await seen.required()
                let headers = message.headers.map { "\($0.name): \($0.value)" }.sorted().joined(separator: ", ")
                lines.append("\(message.subject) [\(headers)] \(message.string)")
            }
            #expect(
                lines == [
                    "$KV.B.a [] 1", "$KV.B.b [Nats-Expected-Last-Subject-Sequence: 0, Nats-TTL: 90s] 1",
                    "$KV.B.a [Nats-Expected-Last-Subject-Sequence: 1] 2", "$KV.B.a [KV-Operation: DEL] ",
                    "$KV.B.a [KV-Operation: DEL, Nats-Expected-Last-Subject-Sequence: 4] ",
                    "$KV.B.a [KV-Operation: PURGE, Nats-Expected-Last-Subject-Sequence: 5, Nats-Rollup: sub, Nats-TTL: 1500ms] ",
                ])
        }
    }
}
