import AwaitPointKit
import TestSupport

@testable import NATSClient
@testable import NATSStores

/// Objects whose server stays silent.
extension AwaitPoint {
    static let objectStore = [objectBuckets, objectCalls, objectSequences].flatMap(\.self)

    private static let objectBuckets: [AwaitPoint] = [
        request("JetStream.objectStore(String)") { js in _ = try await js.objectStore("B") },
        request("JetStream.objectStore(String, create)") { js in _ = try await js.objectStore("B", create: .init()) },
        request("JetStream.objectStore(String, update)") { js in _ = try await js.objectStore("B", update: .init()) },
        request("JetStream.objectStore(String, createOrUpdate)") { js in
            _ = try await js.objectStore("B", createOrUpdate: .init())
        },
        request("JetStream.deleteObjectStore(String)") { js in try await js.deleteObjectStore("B") },
        request(objects: "ObjectStore.status()") { objects in _ = try await objects.status() },
        request(objects: "ObjectStore.update(function)") { objects in try await objects.update { $0.replicas = 2 } },
        request(objects: "ObjectStore.seal()") { objects in try await objects.seal() },
        request(objects: "ObjectStore.deleteBucket()") { objects in try await objects.deleteBucket() },
        request(objects: "ObjectStore.orphans()") { objects in _ = try await objects.orphans() },
        request(objects: "ObjectStore.removeOrphans()") { objects in try await objects.removeOrphans() },
    ]

    private static let objectCalls: [AwaitPoint] = [
        request(objects: "ObjectStore.getInfo(String)") { objects in _ = try await objects.getInfo("a") },
        request(objects: "ObjectStore.put(String, some Collection<UInt8> & Sendable)") { objects in
            try await objects.put("a", [1])
        },
        request(objects: "ObjectStore.put(String, String)") { objects in try await objects.put("a", "1") },
        request(objects: "ObjectStore.put(String, from)") { objects in
            try await objects.put("a", from: AsyncStream<[UInt8]> { $0.finish() })
        },
        request(objects: "ObjectStore.put(String, fromFile)") { objects in
            try await objects.put("a", fromFile: "/proc/self/status")
        },
        request(objects: "ObjectStore.get(String)") { objects in _ = try await objects.get("a") },
        request(objects: "ObjectStore.get(String, range)") { objects in _ = try await objects.get("a", range: 0..<1) },
        request(objects: "ObjectStore.get(String, toFile)") { objects in try await objects.get("a", toFile: "/none") },
        request(objects: "ObjectStore.chunks(String)") { objects in _ = try await objects.chunks("a") },
        request(objects: "ObjectStore.chunks(String, range)") { objects in _ = try await objects.chunks("a", range: 0..<1) },
        request(objects: "ObjectStore.updateMeta(String, function)") { objects in
            try await objects.updateMeta("a") { $0.name = "b" }
        },
        request(objects: "ObjectStore.delete(String)") { objects in try await objects.delete("a") },
        request(objects: "ObjectStore.link(String, to)") { objects in try await objects.link("a", to: objects.testChunks.info) },
        request(objects: "ObjectStore.link(String, toBucket)") { objects in try await objects.link("a", toBucket: "C") },
    ]

    private static let objectSequences: [AwaitPoint] = [
        consumer("ObjectStore.list()") { objects in _ = try await objects.list() },
        consumer("ObjectChunks.makeAsyncIterator()") { objects in for try await _ in objects.testChunks {} },
        consumer("ObjectChunks.Iterator.next()") { objects in
            var iterator = objects.testChunks.makeAsyncIterator()
            _ = try await iterator.next()
        },
        watch("ObjectWatch.next()") { objects in _ = try await objects.watch().next() },
        watch("ObjectWatch.makeAsyncIterator()") { objects in for try await _ in try objects.watch() {} },
        watch("ObjectWatch.Iterator.next()") { objects in
            var iterator = try objects.watch().makeAsyncIterator()
            _ = try await iterator.next()
        },
    ]

    private static func request(
        objects call: String, _ body: @escaping @Sendable (ObjectStore) async throws -> Void
    ) -> AwaitPoint {
        request(call) { js in try await body(js.unverifiedObjectStore("B")) }
    }

    /// A sequence that has an end by itself.
    private static func consumer(_ call: String, _ body: @escaping @Sendable (ObjectStore) async throws -> Void) -> AwaitPoint {
        AwaitPoint(calls: [call], reason: "its consumer") { nats, server in
            let objects = try nats.patientJetStream.unverifiedObjectStore("B")
            return WaitingCall(on: nats, isWaiting: { server.makesConsumerOfObjects }) { try await body(objects) }
        }
    }

    private static func watch(_ call: String, _ body: @escaping @Sendable (ObjectStore) async throws -> Void) -> AwaitPoint {
        AwaitPoint(
            calls: [call], reason: "an update", closed: .returned, shutDown: .failure(.connectionClosed)
        ) { nats, server in
            let objects = try nats.patientJetStream.unverifiedObjectStore("B")
            return WaitingCall(on: nats, isWaiting: { server.makesConsumerOfObjects }) { try await body(objects) }
        }
    }
}

extension ScriptedServer {
    fileprivate var makesConsumerOfObjects: Bool { connections[0].text.contains("PUB $JS.hub.API.CONSUMER.CREATE.OBJ_B") }
}

extension ObjectStore {
    /// An object of two chunks.
    fileprivate var testChunks: ObjectChunks {
        var record = ObjectRecord(ObjectMeta(name: "a"), bucket: "B", id: "n", options: ObjectRecordOptions())
        record.size = 2
        record.chunkCount = 2
        record.digest = "SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="
        let info = ObjectInfo(record: record, revision: 1, modified: ServerTime(nanosecondsSince1970: 1))
        return ObjectChunks(store: self, info: info, range: 0..<2, isVerified: true, options: ObjectGetOptions())
    }
}
