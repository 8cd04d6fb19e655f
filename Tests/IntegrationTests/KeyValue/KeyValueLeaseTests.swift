import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

@Suite("Key-value: locks and elections", .timeLimit(.minutes(4))) struct KeyValueLeaseTests {
    private static let bucket = KeyValueConfiguration(storage: .memory, limitMarkerTTL: .seconds(30))

    private static func lease(_ seconds: Int = 10) -> KeyValueLeaseOptions { KeyValueLeaseOptions(duration: .seconds(seconds)) }

    @Test("one at a time holds a lock, and each has a greater token", arguments: Backend.tested)
    func exclusive(_ backend: Backend) async throws {
        try await withBucket(backend, Self.bucket, within: .seconds(120)) { bench, kv in
            let room = Room()
            let tokens = Recorder<UInt64>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...6 {
                    let own = try await bench.connect().jetStream().keyValueStore("B")
                    group.addTask {
                        for _ in 1...3 {
                            try await own.lock("lock", owner: "n\(number)", options: Self.lease()).withLock { lease in
                                room.enter()
                                #expect(lease.isHeld && lease.owner == "n\(number)" && lease.key == "lock")
                                let holder = try await own.lock("lock").holder()
                                #expect(holder?.token == lease.token)
                                tokens.append(lease.token)
                                room.leave()
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(room.most == 1)
            #expect(tokens.count == 18 && tokens.all == tokens.all.sorted() && Set(tokens.all).count == 18)
            #expect(try await kv.lock("lock").holder() == nil)
        }
    }

    @Test("who waits in vain is told, and a body's error and value come through", arguments: Backend.tested)
    func waiting(_ backend: Backend) async throws {
        struct Failure: Error {}
        try await withBucket(backend, Self.bucket) { _, kv in
            let lock = kv.lock("lock", options: Self.lease())
            let value = try await lock.withLock { _ in
                await expectError(.timedOut) { try await kv.lock("lock").withLock(timeout: .milliseconds(300)) { _ in } }
                return 7
            }
            #expect(value == 7)
            await #expect(throws: Failure.self) { try await lock.withLock { _ in throw Failure() } }
            #expect(try await lock.holder() == nil)
        }
    }

    @Test("it is renewed for as long as it is needed", arguments: Backend.tested)
    func renewed(_ backend: Backend) async throws {
        try await withBucket(backend, Self.bucket, within: .seconds(120)) { _, kv in
            var options = Self.lease(3)
            options.renewInterval = .milliseconds(200)
            try await kv.lock("lock", options: options).withLock { lease in
                let first = try #require(try await kv.get("lock")).revision
                #expect(lease.token == first)
                try await eventually("it was renewed often") {
                    (try await kv.get("lock")?.revision ?? 0) > first + 20
                }
                #expect(lease.isHeld)
                // Writes that the server checks go on beside renewals.
                for number in 1...50 { try await lease.put("state", "\(number)") }
                #expect(try await kv.lock("lock").holder()?.token == first)
            }
            #expect(try await kv.get("state")?.string == "50")
        }
    }

    @Test("a lock that was taken away ends the body, and stores nothing any more", arguments: Backend.tested)
    func lost(_ backend: Backend) async throws {
        try await withBucket(backend, Self.bucket) { _, kv in
            var options = Self.lease()
            options.renewInterval = .milliseconds(100)
            let lock = kv.lock("lock", options: options)
            let error = await expectError(.leaseLost) {
                try await lock.withLock { lease in
                    try await lease.put("state", "1")
                    try await kv.purge("lock")
                    try await kv.create("lock", "another's", timeToLive: .after(.seconds(30)))
                    await expectError(.leaseLost) { try await lease.put("state", "2") }
                    // Until the task is cancelled.
                    while !Task.isCancelled { await Task.yield() }
                }
            }
            #expect(error != nil)
            let values = try await kv.get(["state", "lock"]).mapValues(\.string)
            #expect(values == ["state": "1", "lock": "another's"])
        }
    }

    @Test("who is gone is followed by another", arguments: Backend.tested)
    func takeover(_ backend: Backend) async throws {
        try await withBucket(backend, Self.bucket, within: .seconds(120)) { bench, kv in
            let doomed = try await bench.connect()
            let old = try await doomed.jetStream().keyValueStore("B").election("leader", candidate: "old", options: Self.lease(2))
            let isLeading = Gate()
            let first = Task {
                try await old.lead { _ in
                    isLeading.open()
                    while !Task.isCancelled { await Task.yield() }
                }
            }
            await isLeading.pass()
            let election = kv.election("leader", candidate: "new", options: Self.lease(2))
            let token = try #require(try await election.leader()).token
            var leaders = try election.leaders().makeAsyncIterator()
            #expect(try await leaders.next()??.owner == "old")
            // Nothing is said to the server: the key ends by itself.
            doomed.abort()
            let won = try await election.lead { lease in lease.token }
            #expect(won > token)
            first.cancel()
            _ = await first.result
            var seen: [String] = []
            while seen.last != "new" {
                let leader = try #require(try await leaders.next())
                seen.append(leader?.owner ?? "nobody")
            }
            #expect(seen == ["nobody", "new"])
            #expect(try #require(try await leaders.next()) == nil)
        }
    }
}

/// Counts who is in it.
private final class Room: Sendable {
    private let state = Mutex((count: 0, most: 0))

    var most: Int { state.withLock { $0.most } }

    func enter() {
        state.withLock { state in
            state.count += 1
            state.most = max(state.most, state.count)
        }
    }

    func leave() { state.withLock { $0.count -= 1 } }
}
