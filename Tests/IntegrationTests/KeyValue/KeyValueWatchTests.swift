import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Key-value: watching", .timeLimit(.minutes(4))) struct KeyValueWatchTests {
    @Test("the last values come, then the marker, then what is new", arguments: Backend.tested)
    func everything(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 3, storage: .memory)) { _, kv in
            for (key, value) in [("a", "1"), ("b", "1"), ("a", "2")] { try await kv.put(key, value) }
            try await kv.delete("b")
            let watch = try kv.watch()
            #expect(try await watch.take(3) == ["a=2", "-b", "complete"])
            try await kv.put("c", "1")
            try await kv.purge("a")
            #expect(try await watch.take(2) == ["c=1", "--a"])
            #expect(watch.revision == 6)
            watch.stop()
            #expect(try await watch.next() == nil)
            try await eventually("its consumer is gone") { try await kv.consumerCount() == 0 }
        }
    }

    @Test("the marker comes at once for an empty bucket, and for updates only", arguments: Backend.tested)
    func markers(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            let empty = try kv.watch()
            #expect(try await empty.take(1) == ["complete"])
            try await kv.put("a", "1")
            #expect(try await empty.take(1) == ["a=1"])
            var options = KeyValueWatchOptions()
            options.isUpdatesOnly = true
            let updates = try kv.watch(options: options)
            #expect(try await updates.take(1) == ["complete"])
            try await kv.put("a", "2")
            #expect(try await updates.take(1) == ["a=2"])
            #expect(try await kv.watch(["nobody"]).take(1) == ["complete"])
        }
    }

    @Test("one watch sees what several patterns match", arguments: Backend.tested)
    func filters(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            for key in ["a.1", "a.2.x", "b", "c"] { try await kv.put(key, "0") }
            let watch = try kv.watch(["a.>", "c"])
            #expect(try await watch.initial() == ["a.1=0", "a.2.x=0", "c=0"])
            for key in ["b", "c", "a.3"] { try await kv.put(key, "1") }
            #expect(try await watch.take(2) == ["c=1", "a.3=1"])
        }
    }

    @Test("history, deletes, values and the beginning are as the options say", arguments: Backend.tested)
    func options(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 5, storage: .memory)) { _, kv in
            for (key, value) in [("a", "1"), ("a", "2"), ("b", "1"), ("a", "3")] { try await kv.put(key, value) }
            try await kv.delete("b")
            func initial(_ change: (inout KeyValueWatchOptions) -> Void) async throws -> [String] {
                var options = KeyValueWatchOptions()
                change(&options)
                return try await kv.watch(options: options).initial()
            }
            #expect(try await initial { $0.includesHistory = true } == ["a=1", "a=2", "b=1", "a=3", "-b"])
            #expect(try await initial { $0.ignoresDeletes = true } == ["a=3"])
            #expect(try await initial { $0.isMetaOnly = true } == ["a=", "-b"])
            #expect(try await initial { $0.fromRevision = 3 } == ["b=1", "a=3", "-b"])
            #expect(try await initial { $0.fromRevision = 99 } == [])
        }
    }

    @Test("a watch that ignores deletes goes on behind them", arguments: Backend.tested)
    func ignoresDeletes(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            var options = KeyValueWatchOptions()
            options.ignoresDeletes = true
            let watch = try kv.watch(options: options)
            try await kv.put("a", "1")
            try await kv.delete("a")
            try await kv.put("a", "2")
            var seen: [String] = []
            while seen.last != "a=2" { seen += try await watch.take(1) }
            #expect(!seen.contains("-a"))
        }
    }

    @Test("it is a sequence, and a loop that is left can be taken up again", arguments: Backend.tested)
    func sequence(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            for number in 1...5 { try await kv.put("k\(number)", "\(number)") }
            let watch = try kv.watch()
            var keys: [String] = []
            for try await update in watch {
                if let entry = update.entry { keys.append(entry.key) }
                if keys.count == 2 { break }
            }
            for try await update in watch {
                if case .initialStateComplete = update { break }
                if let entry = update.entry { keys.append(entry.key) }
            }
            #expect(keys == ["k1", "k2", "k3", "k4", "k5"])
        }
    }

    @Test("nobody can watch a bucket that isn't there", arguments: Backend.tested)
    func missing(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let kv = try js.unverifiedKeyValueStore("NONE")
            await expectError(.bucketNotFound) { try await kv.watch().next() }
            await expectError(.bucketNotFound) { try await kv.keys().all() }
            await expectError(.bucketNotFound) { try await kv.history("a") }
        }
    }

    @Test("a slow reader has all values in order, and bounded memory", arguments: Backend.tested)
    func slow(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 64, storage: .memory)) { _, kv in
            var options = KeyValueWatchOptions()
            options.includesHistory = true
            options.consume.maximumMessages = 10
            let watch = try kv.watch(options: options)
            #expect(try await watch.take(1) == ["complete"])
            let publisher = kv.stream.jetStream.asyncPublisher()
            for number in 0..<1000 { try await publisher.publish("$KV.B.k\(number % 100)", "\(number)") }
            try await publisher.flush()
            for number in 0..<1000 { try #require(try await watch.take(1) == ["k\(number % 100)=\(number)"]) }
        }
    }

    @Test("what the reader never looked at survives a restart", arguments: Backend.tested)
    func restart(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 10, storage: .file), within: .seconds(180)) { bench, kv in
            for number in 1...20 { try await kv.put("k\(number)", "0") }
            let watch = try kv.watch()
            // Nobody has polled it yet.
            for round in 1...3 {
                bench.server.kill()
                try await bench.server.restart()
                try await eventually("the bucket is there again", within: .seconds(60)) {
                    (try? await kv.put("round", "\(round)")) != nil
                }
            }
            var values: [String: String] = [:]
            while values["round"] != "3" {
                if let entry = try await watch.next()?.entry { values[entry.key] = entry.string }
            }
            #expect(values.count == 21)
        }
    }

    @Test("a bucket that is made anew is told from the beginning", arguments: Backend.tested)
    func replaced(_ backend: Backend) async throws {
        try await withBucket(backend, within: .seconds(120)) { _, kv in
            for key in ["a", "b"] { try await kv.put(key, "old") }
            var options = KeyValueWatchOptions()
            options.consume.idleHeartbeat = .milliseconds(500)
            let watch = try kv.watch(options: options)
            #expect(try await watch.initial() == ["a=old", "b=old"])
            let js = kv.stream.jetStream
            try await kv.deleteBucket()
            let anew = try await js.keyValueStore("B", create: .init(storage: .memory))
            for key in ["b", "c", "d"] { try await anew.put(key, "new") }
            #expect(try await watch.take(5) == ["new bucket", "b=new", "c=new", "d=new", "complete"])
            try await anew.put("e", "new")
            #expect(try await watch.take(1) == ["e=new"])
        }
    }

    @Test("a gap is told when revisions were removed while the watch was away", arguments: Backend.tested)
    func gap(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 1, storage: .file), within: .seconds(120)) { bench, kv in
            for key in ["a", "b"] { try await kv.put(key, "1") }
            let nats = try await bench.connect {
                $0.reconnect.maximumDelay = .seconds(2); $0.reconnect.baseDelay = .seconds(2)
            }
            let watch = try await nats.jetStream().keyValueStore("B").watch()
            #expect(try await watch.initial() == ["a=1", "b=1"])
            // It is away for at least a second, and a key goes without a trace meanwhile.
            bench.server.kill()
            try await bench.server.restart()
            try await eventually("the bucket is there again", within: .seconds(60)) { (try? await kv.put("c", "1")) != nil }
            try await kv.delete("a")
            try await kv.purgeDeletes(olderThan: .zero)
            try await kv.put("d", "1")
            var seen: [String] = []
            while seen.last != "d=1" { seen += try await watch.take(1) }
            // Reconnecting may have been quicker than the removal.
            #expect(seen.contains { $0.hasPrefix("gap") } || seen.contains("-a"), "\(seen)")
        }
    }
}
