// The samples of Docs/KeyValue.md. Scripts/check-readme compares them with the document word for word.

import NATSClient
import NATSFoundation
import NATSStores

enum KeyValue {
    struct User: Codable {
        var name: String
    }

    /// Stands for one with a key.
    struct MyCipher: KeyValueValueCodec {
        func encode(value: [UInt8]) -> [UInt8] { value.map { $0 ^ 0x55 } }
        func decode(value: [UInt8]) -> [UInt8] { value.map { $0 ^ 0x55 } }
    }

    static func tour(_ nats: NATSConnection) async throws {
        let js = nats.jetStream()
        let kv = try await js.keyValueStore("settings", create: .init(history: 5))

        let revision = try await kv.put("theme", "dark")
        try await kv.update("theme", "light", revision: revision)  // only if nobody else was quicker
        print(try await kv.get("theme")?.string ?? "nothing")
        try await kv.delete("theme")
    }

    static func many(_ kv: KeyValueStore) async throws {
        let values = try await kv.get(["a", "b", "c"])  // one request for 1,000 keys
        let snapshot = try await kv.snapshot(["users.7.*"])  // all of one moment, also of an earlier one
        var page = try await kv.page(count: 100)  // piece by piece, in the order of the last changes
        while let next = page.next { page = try await kv.page(after: next, count: 100) }
        print(values, snapshot)
    }

    static func together(_ kv: KeyValueStore) async throws {
        var batch = KeyValueBatch()
        batch.put("users.7.name", "Ada")
        batch.update("users.7.city", "London", revision: 12)
        let revisions = try await kv.commit(batch)  // all changes, or none
        print(revisions)
    }

    static func watching(_ kv: KeyValueStore) async throws {
        for try await update in try kv.watch(["users.*", "groups.>"]) {
            switch update {
            case .entry(let entry): print(entry.key, entry.operation, entry.string)
            case .initialStateComplete: print("that is all there is")
            case .gap: print("something may have been missed")
            }
        }
    }

    static func caching(_ kv: KeyValueStore) async throws {
        let cache = try kv.cache(["settings.>"])
        try await cache.ready()
        print(cache["settings.theme"]?.string ?? "nothing", cache.staleness ?? .zero)
    }

    static func locking(_ js: JetStream, _ work: @escaping @Sendable (UInt64) async throws -> Void) async throws {
        let kv = try await js.keyValueStore("locks", create: .init(limitMarkerTTL: .seconds(60)))
        try await kv.lock("nightly").withLock { lease in
            try await lease.put("nightly.state", "running")  // stored only while the lock is held
        }
        try await kv.election("leader", candidate: "node-1").lead { lease in
            while !Task.isCancelled { try await work(lease.token) }
        }
    }

    static func typed(_ kv: KeyValueStore, _ bytes: [UInt8]) async throws {
        let users = kv.typed(User.self, keys: Int.self)  // JSON: import NATSFoundation; or using: another PayloadCoder
        try await users.put(7, User(name: "Ada"))

        let secret = kv.coded(keys: .chain([.path, .base64]), values: MyCipher())
        try await secret.put("/users/Ada Lovelace", bytes)
    }
}
