import NATSClient
import NATSFoundation
import NATSStores
import TestSupport
import Testing

@Suite("Key-value: codecs and types") struct KeyValueCodecTests {
    @Test("the bucket has encoded keys and values, and patterns work on them", arguments: Backend.tested)
    func base64(_ backend: Backend) async throws {
        try await withBucket(backend, .init(history: 3, storage: .memory, allowsAtomicUpdates: true)) { _, kv in
            let coded = kv.coded(keys: .base64, values: .base64)
            try await coded.put("Acme Inc.contact ☎", "hello")
            try await coded.put("Acme Inc.b", "1")
            #expect(Set(try await kv.keys().all()) == ["QWNtZSBJbmM.Y29udGFjdCDimI4", "QWNtZSBJbmM.Yg"])
            #expect(try await kv.get("QWNtZSBJbmM.Y29udGFjdCDimI4")?.string == "aGVsbG8")
            #expect(try await coded.get("Acme Inc.contact ☎")?.string == "hello")
            #expect(Set(try await coded.keys(["Acme Inc.*"]).all()) == ["Acme Inc.contact ☎", "Acme Inc.b"])
            let watch = try coded.watch(["Acme Inc.b"])
            #expect(try await watch.initial() == ["Acme Inc.b=1"])
            try await coded.delete("Acme Inc.b")
            #expect(try await watch.take(1) == ["-Acme Inc.b"])
            #expect(try await coded.history("Acme Inc.b").count == 2)
            #expect(
                try await coded.get(["Acme Inc.b", "Acme Inc.contact ☎"]).mapValues(\.string) == ["Acme Inc.contact ☎": "hello"])
            var batch = KeyValueBatch()
            batch.put("x y", "z")
            try await coded.commit(batch)
            #expect(try await kv.get("eCB5")?.string == "eg")
            // What somebody else wrote may not be base 64.
            try await kv.put("a=b", "plain")
            await expectError(.codecFailed) { try await coded.keys().all() }
            // An empty token is empty in base 64, too.
            await expectError(.invalidKey) { try await coded.put("a..b", "x") }
        }
    }

    @Test("paths are keys whose parts patterns match", arguments: Backend.tested)
    func path(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            let files = kv.coded(keys: .path)
            try await files.put("/etc/hosts", "1")
            try await files.put("var/log/", "2")
            #expect(try await kv.keys().all() == ["_root_.etc.hosts", "var.log"])
            #expect(try await files.get("/etc/hosts")?.key == "/etc/hosts")
            #expect(try await files.keys(["/etc/*"]).all() == ["/etc/hosts"])
            let both = kv.coded(keys: .chain([.path, .base64]), values: .chain([.base64, .base64]))
            try await both.put("/a b/c", "value")
            #expect(try await kv.get("X3Jvb3Rf.YSBi.Yw")?.string == "ZG1Gc2RXVQ")
            #expect(try await both.get("/a b/c")?.string == "value")
        }
    }

    struct User: Codable, Hashable, Sendable {
        enum Kind: String, Codable { case person, machine }
        struct Address: Codable, Hashable { var lines: [String]; var floor: Int? }

        var name: String
        var kind = Kind.person
        var balance = 12.25
        var big = UInt64.max
        var isActive = true
        var addresses: [Address] = []
        var tags: [String: Int8] = [:]
        var note: String?
    }

    @Test("keys and values have types", arguments: Backend.tested)
    func typed(_ backend: Backend) async throws {
        try await withBucket(backend) { _, kv in
            let users = kv.typed(User.self, keys: Int.self)
            let ada = User(
                name: "Ada \"☎\"\n", addresses: [.init(lines: ["a", "b"], floor: -3), .init(lines: [])], tags: ["x": -128])
            let revision = try await users.create(7, ada)
            #expect(try await users.get(7)?.value == ada)
            #expect(try await users.get(8) == nil)
            try await users.update(7, User(name: "B"), revision: revision)
            await expectError(.wrongRevision) { try await users.update(7, ada, revision: revision) }
            try await kv.put("word", "not a user")
            try await users.put(9, ada)
            try await users.delete(9)
            var keys: [Int] = []
            for try await key in try users.keys() { keys.append(key) }
            #expect(keys == [7])
            var seen: [String] = []
            for try await update in try users.watch() {
                switch update {
                case .put(let entry): seen.append("\(entry.key)=\(entry.value.name)")
                case .removed(let key, _): seen.append("-\(key)")
                case .initialStateComplete: seen.append("complete")
                case .gap: break
                }
                if seen.last == "complete" { break }
            }
            #expect(seen == ["7=B", "-9", "complete"])
            let error = await expectError(.invalidPayload) { try await kv.typed(User.self).get("word") }
            #expect(error?.subject == "$KV.B.word" && error?.underlying is DecodingError)
            try await kv.put(
                "plain", #"{"name":"C","kind":"machine","balance":1,"big":5.0,"isActive":false,"addresses":[],"tags":{}}"#)
            #expect(try await kv.typed(User.self).get("plain")?.value.kind == .machine)
        }
    }
}
