import AwaitPointKit
import NATSFoundation
import TestSupport

@testable import NATSClient
@testable import NATSStores

/// Buckets whose server stays silent.
extension AwaitPoint {
    static let keyValue = [buckets, keysRead, keysWritten, typedKeys, watches, leases].flatMap(\.self)

    private static let buckets: [AwaitPoint] = [
        request("JetStream.keyValueStore(String)") { js in _ = try await js.keyValueStore("B") },
        request("JetStream.keyValueStore(String, create)") { js in _ = try await js.keyValueStore("B", create: .init()) },
        request("JetStream.keyValueStore(String, update)") { js in _ = try await js.keyValueStore("B", update: .init()) },
        request("JetStream.keyValueStore(String, createOrUpdate)") { js in
            _ = try await js.keyValueStore("B", createOrUpdate: .init())
        },
        request("JetStream.deleteKeyValueStore(String)") { js in try await js.deleteKeyValueStore("B") },
        request(bucket: "KeyValueStore.update(function)") { kv in try await kv.update { $0.history = 2 } },
        request(bucket: "KeyValueStore.deleteBucket()") { kv in try await kv.deleteBucket() },
        request(bucket: "KeyValueReading.status()") { kv in _ = try await kv.status() },
    ]

    private static let keysRead: [AwaitPoint] =
        [
            request(bucket: "KeyValueReading.get(String)") { kv in _ = try await kv.get("a") },
            request(bucket: "KeyValueReading.get(String, revision)") { kv in _ = try await kv.get("a", revision: 1) },
            request(bucket: "KeyValueReading.entry(String)") { kv in _ = try await kv.entry("a") },
            request(bucket: "KeyValueReading.entry(String, revision)") { kv in _ = try await kv.entry("a", revision: 1) },
        ] + [
            many("KeyValueReading.get([String])") { kv in _ = try await kv.get(["a"]) },
            many("KeyValueReading.snapshot([String])") { kv in _ = try await kv.snapshot() },
            many("KeyValueReading.page(count)") { kv in _ = try await kv.page(count: 1) },
        ]

    private static let keysWritten: [AwaitPoint] = [
        request(bucket: "KeyValueStore.put(String, some Collection<UInt8> & Sendable)") { kv in try await kv.put("a", [1]) },
        request(bucket: "KeyValueStore.put(String, String)") { kv in try await kv.put("a", "1") },
        request(bucket: "KeyValueStore.create(String, some Collection<UInt8> & Sendable)") { kv in
            try await kv.create("a", [1])
        },
        request(bucket: "KeyValueStore.create(String, String)") { kv in try await kv.create("a", "1") },
        request(bucket: "KeyValueStore.update(String, some Collection<UInt8> & Sendable, revision)") { kv in
            try await kv.update("a", [1], revision: 1)
        },
        request(bucket: "KeyValueStore.update(String, String, revision)") { kv in try await kv.update("a", "1", revision: 1) },
        request(bucket: "KeyValueStore.delete(String)") { kv in try await kv.delete("a") },
        request(bucket: "KeyValueStore.purge(String)") { kv in try await kv.purge("a") },
        request(bucket: "KeyValueStore.purgeDeletes()") { kv in try await kv.purgeDeletes() },
        request(bucket: "KeyValueStore.erase(matching)") { kv in try await kv.erase(matching: "a") },
        request(bucket: "KeyValueStore.commit(KeyValueBatch)") { kv in
            var batch = KeyValueBatch()
            batch.put("a", "1")
            try await kv.commit(batch)
        },
    ]

    private static let typedKeys: [AwaitPoint] = [
        request(bucket: "TypedKeyValueStore.get(Key)") { kv in _ = try await kv.typed(Int.self).get("a") },
        request(bucket: "TypedKeyValueStore.put(Key, Value)") { kv in try await kv.typed(Int.self).put("a", 1) },
        request(bucket: "TypedKeyValueStore.create(Key, Value)") { kv in try await kv.typed(Int.self).create("a", 1) },
        request(bucket: "TypedKeyValueStore.update(Key, Value, revision)") { kv in
            try await kv.typed(Int.self).update("a", 1, revision: 1)
        },
        request(bucket: "TypedKeyValueStore.delete(Key)") { kv in try await kv.typed(Int.self).delete("a") },
    ]

    private static let watches: [AwaitPoint] = [
        consumer("KeyValueReading.history(String)") { kv in _ = try await kv.history("a") },
        consumer("KeyValueKeys.makeAsyncIterator()") { kv in for try await _ in try kv.keys() {} },
        consumer("KeyValueKeys.all()") { kv in _ = try await kv.keys().all() },
        consumer("KeyValueKeys.Iterator.next()") { kv in
            var iterator = try kv.keys().makeAsyncIterator()
            _ = try await iterator.next()
        },
        consumer("KeyValueCache.ready()") { kv in try await kv.cache().ready() },
        watch("KeyValueWatch.next()") { kv in _ = try await kv.watch().next() },
        watch("KeyValueWatch.makeAsyncIterator()") { kv in for try await _ in try kv.watch() {} },
        watch("KeyValueWatch.Iterator.next()") { kv in
            var iterator = try kv.watch().makeAsyncIterator()
            _ = try await iterator.next()
        },
        watch("KeyValueLeaders.makeAsyncIterator()") { kv in for try await _ in try kv.election("a").leaders() {} },
        watch("KeyValueLeaders.Iterator.next()") { kv in
            var iterator = try kv.election("a").leaders().makeAsyncIterator()
            _ = try await iterator.next()
        },
    ]

    private static let leases: [AwaitPoint] = [
        request(bucket: "KeyValueLock.withLock(function)") { kv in try await kv.lock("a").withLock { _ in } },
        request(bucket: "KeyValueLock.holder()") { kv in _ = try await kv.lock("a").holder() },
        request(bucket: "KeyValueElection.lead(function)") { kv in try await kv.election("a").lead { _ in } },
        request(bucket: "KeyValueElection.leader()") { kv in _ = try await kv.election("a").leader() },
        request(bucket: "KeyValueLease.put(String, some Collection<UInt8> & Sendable)") { kv in
            try await kv.testLease.put("b", [1])
        },
        request(bucket: "KeyValueLease.put(String, String)") { kv in try await kv.testLease.put("b", "1") },
    ]

    private static func request(
        bucket call: String, _ body: @escaping @Sendable (KeyValueStore) async throws -> Void
    ) -> AwaitPoint {
        request(call) { js in try await body(js.unverifiedKeyValueStore("B")) }
    }

    /// Messages come on an inbox of the call's own.
    private static func many(_ call: String, _ body: @escaping @Sendable (KeyValueStore) async throws -> Void) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "the values") { nats, server in
            let kv = try nats.patientJetStream.unverifiedKeyValueStore("B")
            let isAsked: @Sendable () -> Bool = { server.connections[0].text.contains("PUB $JS.hub.API.DIRECT.GET.KV_B ") }
            return WaitingCall(on: nats, isWaiting: isAsked) { try await body(kv) }
        }
    }

    /// A sequence that has an end by itself.
    private static func consumer(_ call: String, _ body: @escaping @Sendable (KeyValueStore) async throws -> Void) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "its consumer") { nats, server in
            let kv = try nats.patientJetStream.unverifiedKeyValueStore("B")
            return WaitingCall(on: nats, isWaiting: { server.makesConsumerOfBucket }) { try await body(kv) }
        }
    }

    private static func watch(_ call: String, _ body: @escaping @Sendable (KeyValueStore) async throws -> Void) -> AwaitPoint {
        AwaitPoint(
            calls: [call], reason: "an update", closed: .returned, shutDown: .failure(.connectionClosed)
        ) { nats, server in
            let kv = try nats.patientJetStream.unverifiedKeyValueStore("B")
            return WaitingCall(on: nats, isWaiting: { server.makesConsumerOfBucket }) { try await body(kv) }
        }
    }
}

extension ScriptedServer {
    fileprivate var makesConsumerOfBucket: Bool { connections[0].text.contains("PUB $JS.hub.API.CONSUMER.CREATE.KV_B") }
}

extension KeyValueStore {
    fileprivate var testLease: KeyValueLease {
        KeyValueLease(
            self, key: "a", LeaseRecord(owner: "o", id: "i"), revision: 1, until: .now.advanced(by: .seconds(3600)))
    }
}
