import NATSClient
import NATSStores
import TestSupport
import Testing

/// Locks when answers are lost, tasks are cancelled, and durations are odd.
@Suite("Key-value: faults of locks", .timeLimit(.minutes(3))) struct KeyValueLeaseFaultTests {
    private static let bucket = KeyValueConfiguration(storage: .memory, limitMarkerTTL: .seconds(30))

    /// Servers drop fractions of seconds: the key would end while its holder believes in it.
    @Test("the key lives at least as long as the lease", arguments: Backend.tested)
    func fractions(_ backend: Backend) async throws {
        try await withBucket(backend, Self.bucket) { _, kv in
            for (duration, seconds) in [(Duration.milliseconds(2500), 3), (.seconds(4), 4)] {
                try await kv.lock("lock", options: KeyValueLeaseOptions(duration: duration)).withLock { _ in
                    let entry = try await kv.entry("lock")
                    #expect(entry?.timeToLive == .after(.seconds(seconds)))
                }
            }
        }
    }

    @Test("who is cancelled while it stands in line doesn't hold the lock", arguments: Backend.tested)
    func cancelled(_ backend: Backend) async throws {
        try await withBucket(backend, Self.bucket, within: .seconds(120)) { bench, kv in
            let options = KeyValueLeaseOptions(duration: .seconds(600))
            let isStored = Gate()
            let count = Counter()
            try await withAPIProxy(bench) { subject, _ in
                guard subject == "$KV.B.lock" else { return .passed }
                count.increase()
                if count.value == 1 { isStored.open() }
                return count.value == 1 ? .unanswered : .passed
            } _: { js in
                let own = try js.unverifiedKeyValueStore("B")
                let waiting = Task { try await own.lock("lock", options: options).withLock { _ in } }
                await isStored.pass()
                try await eventually("the key is there") { try await kv.get("lock") != nil }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                try await kv.lock("lock", options: options).withLock(timeout: .seconds(60)) { _ in }
            }
        }
    }

    @Test("a lock whose first answers were lost is held for its whole time", arguments: Backend.tested)
    func lateAnswers(_ backend: Backend) async throws {
        try await withBucket(backend, Self.bucket, within: .seconds(120)) { bench, _ in
            let count = Counter()
            try await withAPIProxy(bench) { subject, _ in
                guard subject == "$KV.B.lock" else { return .passed }
                count.increase()
                return count.value <= 2 ? .unanswered : .passed
            } _: { js in
                var js = js
                js.timeout = .milliseconds(2500)
                let own = try js.unverifiedKeyValueStore("B")
                let held = try await own.lock("lock", options: .init(duration: .seconds(2))).withLock { $0.isHeld }
                #expect(held)
            }
        }
    }

    @Test("the time that a lock may take counts also while nobody answers", arguments: Backend.tested)
    func deadline(_ backend: Backend) async throws {
        try await withBucket(backend, Self.bucket) { bench, _ in
            try await withAPIProxy(bench) { subject, _ in
                subject == "$KV.B.lock" ? .lost : .passed
            } _: { js in
                var js = js
                js.timeout = .seconds(600)
                let own = try js.unverifiedKeyValueStore("B")
                await expectError(.timedOut) { try await own.lock("lock").withLock(timeout: .milliseconds(200)) { _ in } }
            }
        }
    }
}
