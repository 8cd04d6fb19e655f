import NATSClient
import NATSStores
import TestSupport
import Testing

/// What happens when requests are lost, answers are late, servers lag behind, or others write at the wrong moment.
@Suite("Key-value: faults", .timeLimit(.minutes(3))) struct KeyValueFaultTests {
    @Test("a key that is overwritten between two answers isn't missing", arguments: Backend.tested)
    func overwrittenMeanwhile(_ backend: Backend) async throws {
        try await withBucket(backend) { bench, kv in
            let names = (0..<12).map { "k\($0)" }
            for name in names { try await kv.put(name, pattern(900_000)) }
            let count = Counter()
            try await withAPIProxy(bench) { subject, _ in
                if subject.hasPrefix("DIRECT.GET.") {
                    count.increase()
                    if count.value == 2 { try await kv.put("k11", "new") }
                }
                return .passed
            } _: { js in
                let values = try await js.unverifiedKeyValueStore("B").get(names)
                #expect(values.count == 12 && values["k11"]?.string == "new" && values["k0"]?.value.count == 900_000)
                #expect(count.value == 2)
            }
        }
    }

    @Test("a page has the last revisions, also when another server that lags behind is asked for them", arguments: Backend.tested)
    func laggingReplica(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 5, storage: .memory)) { bench, kv in
            try await kv.put("a", "1")
            try await kv.put("a", "2")
            try await kv.put("b", "1")
            try await withAPIProxy(bench) { _, body in
                guard body.contains("multi_last") else { return .passed }
                return .changed(Array("\(body.dropLast()),\"up_to_seq\":1}".utf8))
            } _: { js in
                let page = try await js.unverifiedKeyValueStore("B").page(count: 10)
                #expect(page.entries.map { "\($0.key)=\($0.string)" } == ["a=2", "b=1"])
            }
        }
    }

    @Test("when JetStream is silent, a listing ends with an error", arguments: Backend.tested)
    func silence(_ backend: Backend) async throws {
        try await withBucket(backend) { bench, kv in
            try await kv.put("a", "1")
            try await withAPIProxy(bench) { subject, _ in
                subject.hasPrefix("CONSUMER.CREATE") ? .lost : .passed
            } _: { js in
                var js = js
                js.timeout = .milliseconds(500)
                let silent = try js.unverifiedKeyValueStore("B")
                await expectError(.timedOut) { try await silent.history("a") }
                await expectError(.timedOut) { try await silent.keys().all() }
                await expectError(.timedOut) { try await silent.purgeDeletes() }
            }
        }
    }

    @Test("a gap is told although the reader was cancelled while it was looked for", arguments: Backend.tested)
    func cancelledWhileResuming(_ backend: Backend) async throws {
        try await withBucket(backend, within: .seconds(120)) { bench, kv in
            try await kv.put("a", "1")
            let isAway = Counter()
            let asked = Counter()
            try await withAPIProxy(bench) { subject, _ in
                if subject.hasPrefix("CONSUMER.CREATE"), isAway.value == 1 { return .lost }
                guard subject == "STREAM.INFO.KV_B" else { return .passed }
                asked.increase()
                return asked.value == 1 ? .lost : .passed
            } _: { js in
                let watch = try js.unverifiedKeyValueStore("B").watch()
                #expect(try await watch.initial() == ["a=1"])
                isAway.increase()
                for try await name in kv.stream.consumerNames() { try await kv.stream.deleteConsumer(name) }
                // What comes and goes here isn't seen.
                try await kv.put("b", "1")
                try await kv.erase(matching: "b")
                try await kv.put("c", "1")
                isAway.increase()
                let reader = Task { try await watch.next() }
                try await eventually("it wants to know what was lost", within: .seconds(60)) { asked.value == 1 }
                reader.cancel()
                await #expect(throws: CancellationError.self) { try await reader.value }
                #expect(try await watch.take(2) == ["gap 2", "c=1"])
            }
        }
    }

    @Test("a watch that began with nothing misses nothing while it is away", arguments: Backend.tested)
    func emptyAtFirst(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 9, storage: .memory), within: .seconds(120)) { bench, kv in
            try await kv.put("other", "1")
            let isAway = Counter()
            try await withAPIProxy(bench) { subject, _ in
                subject.hasPrefix("CONSUMER.CREATE") && isAway.value == 1 ? .lost : .passed
            } _: { js in
                let watch = try js.unverifiedKeyValueStore("B").watch(["a", "b"])
                #expect(try await watch.take(1) == ["complete"])
                isAway.increase()
                for try await name in kv.stream.consumerNames() { try await kv.stream.deleteConsumer(name) }
                try await kv.put("a", "1")
                try await kv.put("a", "2")
                isAway.increase()
                #expect(try await watch.take(2) == ["a=1", "a=2"])
            }
        }
    }

    @Test("a value that can't be decoded doesn't hide the marker behind it", arguments: Backend.tested)
    func undecodable(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            try await kv.coded(keys: .base64).put("a", "1")
            try await kv.put("a=b", "1")
            var options = KeyValueWatchOptions()
            options.consume.idleHeartbeat = .seconds(20)
            options.consume.expiry = .seconds(60)
            let watch = try kv.coded(keys: .base64).watch(options: options)
            #expect(try await watch.take(1) == ["a=1"])
            await expectError(.codecFailed) { try await watch.next() }
            try await kv.coded(keys: .base64).put("c", "1")
            #expect(try await watch.take(2) == ["complete", "c=1"])
        }
    }

    @Test("a watch without patterns is refused, like a snapshot", arguments: Backend.tested)
    func noPatterns(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            await expectError(.invalidKey) { try kv.watch([]) }
            await expectError(.invalidKey) { try kv.keys([]) }
            await expectError(.invalidKey) { try kv.cache([]) }
            await expectError(.invalidKey) { try await kv.snapshot([]) }
        }
    }
}
