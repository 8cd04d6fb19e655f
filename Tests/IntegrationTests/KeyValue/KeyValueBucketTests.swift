import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Key-value: buckets", .timeLimit(.minutes(3))) struct KeyValueBucketTests {
    @Test("a bucket is made, found, changed, told of, and removed", arguments: Backend.tested)
    func life(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            await expectError(.bucketNotFound) { try await js.keyValueStore("B") }
            await expectError(.bucketNotFound) { try await js.deleteKeyValueStore("B") }
            await expectError(.bucketNotFound) { try await js.keyValueStore("B", update: .init()) }
            let kv = try await js.keyValueStore("B", create: .init(history: 3, storage: .memory))
            // The same again is as good, another one isn't.
            _ = try await js.keyValueStore("B", create: .init(history: 3, storage: .memory))
            await expectError(.bucketExists) { try await js.keyValueStore("B", create: .init(history: 4, storage: .memory)) }
            try await kv.put("a", "1")
            try await kv.put("a", "2")
            let status = try await js.keyValueStore("B").status()
            #expect(status.bucket == "B" && status.revisionCount == 2 && status.keyCount == 1 && status.lastRevision == 2)
            #expect(status.bytes > 0 && status.backingStore == "JetStream" && status.configuration.history == 3)
            try await kv.update { $0.history = 5 }
            #expect(try await kv.status().configuration.history == 5)
            _ = try await js.keyValueStore("B", createOrUpdate: .init(history: 2, storage: .memory))
            #expect(try await kv.status().configuration.history == 2)
            _ = try await js.keyValueStore("C", createOrUpdate: .init(storage: .memory))
            _ = try await js.createStream(.init(name: "OTHER", subjects: ["other"]))
            #expect(try await names(js.keyValueStoreNames()) == ["B", "C"])
            #expect(try await names(js.keyValueStores()) { $0.bucket } == ["B", "C"])
            try await kv.deleteBucket()
            try await js.deleteKeyValueStore("C")
            #expect(try await names(js.keyValueStoreNames()) == [])
        }
    }

    private func names<Element>(
        _ sequence: some AsyncSequence<Element, any Error>, _ name: (Element) -> String = { "\($0)" }
    ) async throws -> [String] {
        var names: [String] = []
        for try await element in sequence { names.append(name(element)) }
        return names
    }

    @Test("the server has what was set, in the form that ADR-8 demands", arguments: Backend.tested)
    func fields(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = KeyValueConfiguration(history: 7, timeToLive: .seconds(60), storage: .memory)
            configuration.description = "words"
            configuration.maximumValueBytes = 1000
            configuration.maximumBytes = 100_000
            configuration.republish = Republish(source: ">", destination: "changed.>")
            configuration.placement = Placement(tags: [])
            configuration.isCompressed = true
            configuration.metadata = ["k": "v"]
            configuration.limitMarkerTTL = .seconds(5)
            configuration.allowsAtomicUpdates = true
            let kv = try await js.keyValueStore("B", create: configuration)
            let stream = try await kv.stream.info().configuration
            #expect(stream.name == "KV_B" && stream.subjects == ["$KV.B.>"] && stream.maximumMessagesPerSubject == 7)
            #expect(stream.maximumAge == .seconds(60) && stream.duplicateWindow == .seconds(60))
            #expect(stream.discard == .new && stream.allowsRollup && stream.deniesDelete && stream.allowsDirectGet)
            #expect(stream.maximumMessageBytes == 1000 && stream.maximumBytes == 100_000 && stream.storage == .memory)
            #expect(stream.compression == .s2 && stream.allowsMessageTTL && stream.subjectDeleteMarkerTTL == .seconds(5))
            #expect(stream.allowsAtomicPublish && stream.description == "words")
            var told = try await kv.status().configuration
            told.metadata = told.metadata.withoutServers
            told.placement = configuration.placement
            #expect(told == configuration)
            for history in [0, 65] {
                await expectError(.invalidOption) { try await js.keyValueStore("X", create: .init(history: history)) }
            }
            // What is too large is refused.
            try await expectRefusal(.streamMessageExceedsMaximum) { try await kv.put("a", pattern(2000)) }
            let changed = try await js.connection.subscribe("changed.>")
            try await kv.put("a", "1")
            #expect(try await changed.required().subject == "changed.$KV.B.a")
        }
    }

    @Test("a mirror is read here and written there, a source brings its keys along", arguments: Backend.tested)
    func origins(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let origin = try await js.keyValueStore("ORIGIN", create: .init(storage: .memory))
            try await origin.put("a", "1")
            var configuration = KeyValueConfiguration(storage: .memory)
            configuration.mirror = StreamSource(name: "ORIGIN")
            let mirror = try await js.keyValueStore("MIRROR", create: configuration)
            try await eventually("the mirror has it") { try await mirror.get("a")?.string == "1" }
            let watch = try mirror.watch()
            #expect(try await watch.initial() == ["a=1"])
            try await mirror.put("b", "2")
            #expect(try await watch.take(1) == ["b=2"])
            #expect(try await origin.get("b")?.string == "2")
            #expect(try await mirror.keys().all() == ["a", "b"])
            #expect(try await mirror.status().configuration.mirror?.name == "KV_ORIGIN")

            var other = KeyValueConfiguration(storage: .memory)
            other.sources = [.bucket("ORIGIN")]
            let sourced = try await js.keyValueStore("SOURCED", create: other)
            try await eventually("its keys have come") { try await sourced.keys().all().count == 2 }
            #expect(try await sourced.get("a")?.string == "1")
            try await sourced.put("own", "x")
            #expect(try await origin.get("own") == nil)
        }
    }

    @Test("a stream that is no bucket is a source under its own name", arguments: Backend.tested)
    func streamAsSource(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            _ = try await js.createStream(.init(name: "EVENTS", subjects: ["events.>"]))
            var configuration = KeyValueConfiguration(storage: .memory)
            var events = StreamSource(name: "EVENTS")
            events.subjectTransforms = [SubjectTransform(source: "events.>", destination: "$KV.LAST.>")]
            configuration.sources = [events]
            let kv = try await js.keyValueStore("LAST", create: configuration)
            try await js.publish("events.a", "1")
            try await eventually("it has come") { try await kv.get("a")?.string == "1" }
            try await kv.update { $0.history = 2 }
            #expect(try await kv.status().configuration.sources.map(\.name) == ["EVENTS"])
        }
    }

    @Test("a mirror of some keys has them under the names that they have there", arguments: Backend.tested)
    func mirrorOfSome(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let origin = try await js.keyValueStore("ORIGIN", create: .init(storage: .memory))
            for key in ["a.1", "b.1"] { try await origin.put(key, key) }
            for (bucket, destination, expected) in [("SOME", "", "a.1"), ("RENAMED", "$KV.RENAMED.>", "1")] {
                var configuration = KeyValueConfiguration(storage: .memory)
                var mirror = StreamSource.bucket("ORIGIN")
                mirror.subjectTransforms = [SubjectTransform(source: "$KV.ORIGIN.a.>", destination: destination)]
                configuration.mirror = mirror
                let kv = try await js.keyValueStore(bucket, create: configuration)
                try await eventually("\(bucket) has it") { try await kv.get(expected)?.string == "a.1" }
                #expect(try await kv.keys().all() == [expected])
                let bound = try await js.keyValueStore(bucket)
                #expect(try await bound.get(expected)?.string == "a.1")
            }
        }
    }

    @Test("a bucket is reached through a domain, also for writing", arguments: Backend.tested)
    func domain(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.jetStreamSettings = "domain: hub"
            $0.isTraceLogged = true
        }
        try await withJetStream(backend, options) { bench, js in
            let nats = js.connection
            let kv = try await nats.jetStream(domain: "hub").keyValueStore("B", create: .init(storage: .memory))
            let revision = try await kv.put("a", "1")
            try await kv.update("a", "2", revision: revision)
            #expect(try await kv.get("a")?.string == "2")
            #expect(try await kv.keys().all() == ["a"])
            #expect(try await kv.watch().initial() == ["a=2"])
            try await kv.delete("a")
            #expect(try await js.keyValueStore("B").entry("a")?.operation == .delete)
            // The server maps these subjects to its own, so only its log shows them.
            try await eventually("the server was told by way of the domain") {
                bench.server.log.contains("PUB $JS.hub.API.$KV.B.a ")
            }
        }
    }

    @Test("the read-only view reads, and nothing else", arguments: Backend.tested)
    func readOnly(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            try await kv.put("a", "1")
            func read(_ bucket: some KeyValueReading) async throws -> [String] {
                #expect(try await bucket.get("a")?.string == "1")
                #expect(try await bucket.status().bucket == "B")
                return try await bucket.keys().all()
            }
            #expect(try await read(kv.readOnly) == ["a"])
            #expect(try await read(kv) == ["a"])
        }
    }

    @Test("keys end by themselves, and leave a marker that says why", arguments: Backend.tested)
    func timeToLive(_ backend: Backend) async throws {
        try await withBucket(backend, .init(storage: .memory, limitMarkerTTL: .seconds(30))) { _, kv in
            let watch = try kv.watch()
            #expect(try await watch.take(1) == ["complete"])
            let first = try await kv.create("a", "1", timeToLive: .after(.seconds(1)))
            #expect(try await kv.entry("a")?.timeToLive == .after(.seconds(1)))
            #expect(try await watch.take(2) == ["a=1", "--a"])
            let marker = try #require(try await kv.entry("a"))
            #expect(marker.revision > first && marker.operation == .purge && marker.removalReason == .maximumAge)
            // A key that has ended so can be made again.
            let again = try await kv.create("a", "2", timeToLive: .never)
            try await kv.update("a", "3", revision: again, timeToLive: .after(.seconds(1)))
            #expect(try await watch.take(3) == ["a=2", "a=3", "--a"])
            try await kv.put("b", "1")
            try await kv.purge("b", timeToLive: .after(.seconds(1)))
            #expect(try await watch.take(2) == ["b=1", "--b"])
            try await eventually("the marker of the purge is gone, too") { try await kv.entry("b") == nil }
        }
    }

    @Test("without limit markers a time to live is refused", arguments: Backend.tested)
    func noTimeToLive(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            try await expectRefusal(.messageTTLDisabled) { try await kv.create("a", "1", timeToLive: .after(.seconds(1))) }
            #expect(try await kv.get("a") == nil)
        }
    }
}
