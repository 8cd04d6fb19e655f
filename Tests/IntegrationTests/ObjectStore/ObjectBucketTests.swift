import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Object store: buckets", .timeLimit(.minutes(3))) struct ObjectBucketTests {
    @Test("a bucket is made, found, changed, told of, and removed", arguments: Backend.tested)
    func life(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            await expectError(.bucketNotFound) { try await js.objectStore("B") }
            await expectError(.bucketNotFound) { try await js.deleteObjectStore("B") }
            await expectError(.bucketNotFound) { try await js.objectStore("B", update: .init()) }
            await expectError(.invalidBucketName) { try await js.objectStore("a.b") }
            await expectError(.invalidBucketName) { try await js.objectStore("", create: .init()) }
            await expectError(.bucketNotFound) { try await js.unverifiedObjectStore("B").put("a", "1") }
            await expectError(.bucketNotFound) { try await js.unverifiedObjectStore("B").get("a") }
            let objects = try await js.objectStore("B", create: .init(storage: .memory))
            // The same again is as good, another one isn't.
            _ = try await js.objectStore("B", create: .init(storage: .memory))
            await expectError(.bucketExists) { try await js.objectStore("B", create: .init(maximumBytes: 9, storage: .memory)) }
            try await objects.put("a", "1")
            let status = try await js.objectStore("B").status()
            #expect(status.bucket == "B" && status.bytes > 0 && !status.isSealed && status.backingStore == "JetStream")
            try await objects.update { $0.description = "new" }
            #expect(try await objects.status().configuration.description == "new")
            _ = try await js.objectStore("B", createOrUpdate: .init(maximumBytes: 1 << 20, storage: .memory))
            #expect(try await objects.status().configuration.maximumBytes == 1 << 20)
            _ = try await js.objectStore("C", createOrUpdate: .init(storage: .memory))
            _ = try await js.keyValueStore("K", create: .init(storage: .memory))
            var names: [String] = []
            for try await name in js.objectStoreNames() { names.append(name) }
            #expect(names == ["B", "C"])
            names = []
            for try await status in js.objectStores() { names.append(status.bucket) }
            #expect(names == ["B", "C"])
            try await objects.deleteBucket()
            try await js.deleteObjectStore("C")
            await expectError(.bucketNotFound) { try await objects.status() }
        }
    }

    @Test("the server has what was set, in the form that ADR-20 demands", arguments: Backend.tested)
    func fields(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = ObjectStoreConfiguration(timeToLive: .seconds(3600), maximumBytes: 1 << 20, storage: .memory)
            configuration.description = "words"
            configuration.isCompressed = true
            configuration.metadata = ["k": "v"]
            let objects = try await js.objectStore("B", create: configuration)
            let stream = try await objects.stream.info().configuration
            #expect(stream.name == "OBJ_B" && stream.subjects == ["$O.B.C.>", "$O.B.M.>"])
            #expect(stream.maximumAge == .seconds(3600) && stream.maximumBytes == 1 << 20 && stream.storage == .memory)
            #expect(stream.discard == .new && stream.allowsRollup && stream.allowsDirectGet && !stream.deniesDelete)
            #expect(stream.compression == .s2 && stream.description == "words")
            var told = try await objects.status().configuration
            told.metadata = told.metadata.withoutServers
            #expect(told == configuration)
        }
    }

    @Test("a sealed bucket can be read and not be changed", arguments: Backend.tested)
    func seal(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            try await objects.put("a", "1")
            try await objects.seal()
            #expect(try await objects.status().isSealed)
            #expect(try await objects.get("a") == Array("1".utf8))
            try await expectRefusal(.streamSealed) { try await objects.put("b", "2") }
            try await expectRefusal(.streamSealed) { try await objects.delete("a") }
            #expect(try await objects.list().map(\.name) == ["a"])
        }
    }

    @Test("a full bucket refuses what is too much, keeps nothing of it, and can be emptied", arguments: Backend.tested)
    func full(_ backend: Backend) async throws {
        try await withObjects(backend, .init(maximumBytes: 300_000, storage: .memory)) { _, objects in
            let kept = pattern(250_000)
            try await objects.put("kept", kept)
            try await expectRefusal(.streamStoreFailed) { try await objects.put("more", pattern(600_000)) }
            try await expectRefusal(.streamStoreFailed) { try await objects.put("kept", pattern(600_000)) }
            try await objects.expectNoOrphans()
            #expect(try await objects.get("kept") == kept)
            var options = ObjectPutOptions()
            options.chunkBytes = 1000
            for number in 0... {
                do {
                    try await objects.put("filler \(number)", pattern(1000), options: options)
                } catch let error as NATSError where error.jetStream?.code == .streamStoreFailed {
                    break
                }
            }
            try await objects.delete("kept")
            await expectError(.objectNotFound) { try await objects.get("kept") }
            try await objects.expectNoOrphans()
        }
    }

    @Test("a bucket is reached through its domain", arguments: Backend.tested)
    func domain(_ backend: Backend) async throws {
        try await withJetStream(backend, .with { $0.jetStreamSettings = "domain: hub" }) { _, js in
            let objects = try await js.connection.jetStream(domain: "hub").objectStore("B", create: .init(storage: .memory))
            let bytes = pattern(300_000)
            try await objects.put("a", bytes)
            #expect(try await objects.get("a") == bytes)
            #expect(try await objects.watch().initial() == ["a=300000"])
        }
    }
}
