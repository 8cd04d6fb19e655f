import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Object store: with the Python client", .timeLimit(.minutes(5))) struct ObjectPythonTests {
    @Test("what it has stored is got, changed and listed", arguments: Backend.tested)
    func theirs(_ backend: Backend) async throws {
        try await withJetStream(backend) { bench, js in
            _ = try await PythonClient.run(
                bench.server.url,
                """
                store = await js.create_object_store("B", config=api.ObjectStoreConfig(
                    bucket="B", description="from afar", ttl=3600, max_bytes=50000000, storage=api.StorageType.MEMORY))
                data = bytes(i * 31 % 251 for i in range(300000))
                await store.put("plain", data)
                await store.put("日本語/🦄 >*.", b"name", meta=api.ObjectMeta(
                    description="words", headers={"H": ["1", "2"]}, options=api.ObjectMetaOptions(max_chunk_size=3)))
                await store.put("empty", b"")
                await store.put("gone", data)
                await store.delete("gone")
                """)
            let objects = try await js.objectStore("B")
            let configuration = try await objects.status().configuration
            #expect(configuration.description == "from afar" && configuration.timeToLive == .seconds(3600))
            #expect(configuration.maximumBytes == 50_000_000 && configuration.storage == .memory)
            let data = (0..<300_000).map { UInt8($0 * 31 % 251) }
            #expect(try await objects.get("plain") == data)
            #expect(try await objects.get("plain", range: 200_000..<200_100) == Array(data[200_000..<200_100]))
            let name = "日本語/🦄 >*."
            #expect(try await objects.get(name) == Array("name".utf8))
            let info = try #require(try await objects.getInfo(name))
            #expect(info.description == "words" && info.headers == ["H": ["1", "2"]] && info.chunkBytes == 3)
            #expect(info.chunkCount == 2 && info.size == 4)
            #expect(try await objects.get("empty") == [])
            #expect(try await objects.getInfo("gone") == nil)
            #expect(try await objects.list().map(\.name) == ["plain", name, "empty"])
            #expect(try await objects.orphans(idleFor: .zero) == [])
            // Changes and removals of ours are understood there.
            try await objects.updateMeta("plain") { $0.name = "renamed" }
            try await objects.put(name, "other")
            try await objects.delete("empty")
            try await objects.put("gone", "again")
            let lines = try await PythonClient.run(
                bench.server.url,
                """
                store = await js.object_store("B")
                print(len((await store.get("renamed")).data), (await store.get("日本語/🦄 >*.")).data, (await store.get("gone")).data)
                for name in ["plain", "empty"]:
                    try:
                        await store.get(name)
                    except nats.js.errors.ObjectNotFoundError:
                        print("no", name)
                print(sorted(info.name for info in await store.list(ignore_deletes=True)))
                """)
            #expect(
                lines == ["300000 b'other' b'again'", "no plain", "no empty", "['gone', 'renamed', '日本語/🦄 >*.']"])
            try await objects.expectNoOrphans()
        }
    }

    @Test("what we have stored is got, changed and listed there", arguments: Backend.tested)
    func ours(_ backend: Backend) async throws {
        try await withObjects(backend) { bench, objects in
            let data = (0..<300_000).map { UInt8($0 * 31 % 251) }
            let plain = try await objects.put(
                "plain", data, options: .init(description: "words", headers: ["H": ["1", "2"]], metadata: ["k": "v"]))
            try await objects.put("日本語/🦄 >*.", "name")
            try await objects.put("empty", [])
            try await objects.link("link", to: plain)
            try await objects.link("bucket link", toBucket: "C")
            try await objects.put("gone", "x")
            try await objects.delete("gone")
            let lines = try await PythonClient.run(
                bench.server.url,
                """
                store = await js.object_store("B")
                status = await store.status()
                print(status.bucket, status.sealed, status.replicas)
                data = bytes(i * 31 % 251 for i in range(300000))
                result = await store.get("plain")
                print(result.data == data, result.info.description, result.info.headers, result.info.chunks, result.info.size)
                print((await store.get("日本語/🦄 >*.")).data, (await store.get("empty")).data, (await store.get("link")).data == data)
                try:
                    await store.get("bucket link")
                except nats.js.errors.LinkIsABucketError:
                    print("a bucket")
                try:
                    await store.get("gone")
                except nats.js.errors.ObjectNotFoundError:
                    print("gone")
                print((await store.get_info("gone", show_deleted=True)).deleted)
                print(sorted(info.name for info in await store.list(ignore_deletes=True)))
                info = await store.get_info("plain")
                await store.update_meta("plain", api.ObjectMeta(name="plain", description="theirs"))
                await store.put("日本語/🦄 >*.", data[:200000])
                await store.delete("empty")
                """)
            #expect(
                lines == [
                    "B False 1", "True words {'H': ['1', '2']} 3 300000", "b'name' b'' True", "a bucket", "gone", "True",
                    "['bucket link', 'empty', 'link', 'plain', '日本語/🦄 >*.']",
                ])
            #expect(try await objects.get("plain") == data)
            #expect(try await objects.getInfo("plain")?.description == "theirs")
            #expect(try await objects.get("日本語/🦄 >*.") == Array(data[..<200_000]))
            #expect(try await objects.getInfo("empty") == nil)
            try await objects.expectNoOrphans()
        }
    }

    @Test("messages are those of ADR-20, byte for byte", arguments: Backend.tested)
    func golden(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let seen = try await objects.stream.jetStream.connection.subscribe("$O.>")
            var options = ObjectPutOptions(description: "d", headers: ["H": ["1", "2"]], metadata: ["k": "v"])
            options.chunkBytes = 4
            let info = try await objects.put("grüße?>", "abcdef", options: options)
            let link = try await objects.link("l", to: info)
            try await objects.delete("grüße?>")
            let digest = "SHA-256=vvV-x_U6bUC-tkCngKY5yDvCmsipgW8fxsXG3Nk8RyE="
            let record =
                #"{"name":"grüße?>","description":"d","headers":{"H":["1","2"]},"metadata":{"k":"v"},"options":{"max_chunk_size":4},"#
                + #""bucket":"B","nuid":"\#(info.id)","#
            var lines: [String] = []
            for _ in 1...5 {
                let message = try await seen.required()
                let headers = message.headers.map { "\($0.name): \($0.value)" }.filter { !$0.hasPrefix("Nats-Msg-Id: ") }.sorted()
                lines.append("\(message.subject) [\(headers.joined(separator: ", "))] \(message.string)")
            }
            let names = "$O.B.M.Z3LDvMOfZT8-"
            #expect(
                lines == [
                    "$O.B.C.\(info.id) [] abcd", "$O.B.C.\(info.id) [] ef",
                    "\(names) [Nats-Expected-Last-Subject-Sequence: 0, Nats-Rollup: sub] \(record)\"size\":6,\"chunks\":2,"
                        + "\"digest\":\"\(digest)\"}",
                    "$O.B.M.bA== [Nats-Expected-Last-Subject-Sequence: 0, Nats-Rollup: sub] "
                        + #"{"name":"l","options":{"link":{"bucket":"B","name":"grüße?>"}},"bucket":"B","nuid":"\#(link.id)","#
                        + #""size":0,"chunks":0}"#,
                    "\(names) [Nats-Expected-Last-Subject-Sequence: 3, Nats-Rollup: sub] \(record)\"size\":0,\"chunks\":0,\"deleted\":true}",
                ])
        }
    }
}
