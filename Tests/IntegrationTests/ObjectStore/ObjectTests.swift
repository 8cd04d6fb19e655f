import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

@Suite("Object store: objects", .timeLimit(.minutes(5))) struct ObjectTests {
    /// Sizes at which chunks of 1,000 bytes begin and end.
    private static let sizes = [0, 1, 999, 1000, 1001, 1999, 2000, 12_345]

    @Test("what is put is got, of every size, in chunks as they were ordered", arguments: Backend.tested)
    func roundTrip(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            var options = ObjectPutOptions()
            options.chunkBytes = 1000
            for size in Self.sizes {
                let bytes = pattern(size, seed: size)
                let put = try await objects.put("a", bytes, options: options)
                #expect(put.size == UInt64(size) && put.chunkCount == (size + 999) / 1000 && put.chunkBytes == 1000)
                let info = try #require(try await objects.getInfo("a"))
                #expect(info.id == put.id && info.digest == put.digest && info.revision == put.revision && info.bucket == "B")
                #expect(try await objects.get("a") == bytes, "\(size) bytes")
                #expect(try await objects.chunkCounts()[put.id] ?? 0 == UInt64(put.chunkCount))
            }
            try await objects.expectNoOrphans()
            let large = pattern(3_000_000)
            let info = try await objects.put("large", large)
            #expect(info.chunkCount == 23 && info.chunkBytes == 131_072)
            var got: [UInt8] = []
            var pieces = 0
            for try await chunk in try await objects.chunks("large") {
                got += chunk
                pieces += 1
            }
            #expect(got == large && pieces == 23)
            await expectError(.payloadTooLarge) { try await objects.get("large", maximumBytes: 2_999_999) }
            try await eventually("no consumer remains") { try await objects.stream.info().state.consumerCount == 0 }
        }
    }

    @Test("bytes come from texts, pieces of any length, and one by one", arguments: Backend.tested)
    func sources(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            try await objects.put("text", "grüße")
            #expect(try await objects.get("text") == Array("grüße".utf8))
            try await objects.put("slice", pattern(100)[10..<20])
            #expect(try await objects.get("slice") == Array(pattern(100)[10..<20]))
            var options = ObjectPutOptions()
            options.chunkBytes = 1000
            // Chunks are full whatever the pieces are: others count on it.
            let pieces = [1, 0, 999, 1, 2500, 0, 7].map { pattern($0, seed: $0) }
            let steps = Mutex<[TransferProgress]>([])
            let info = try await objects.put("pieces", from: TestPieces(pieces: pieces), options: options) { step in
                steps.withLock { $0.append(step) }
            }
            #expect(info.chunkCount == 4 && info.size == 3508)
            #expect(try await objects.get("pieces") == pieces.flatMap(\.self))
            let last = try #require(steps.withLock { $0 }.last)
            #expect(last.bytes == 3508 && last.chunks == 4 && last.totalBytes == nil)
            let (stream, continuation) = AsyncStream.makeStream(of: UInt8.self)
            for byte in pattern(2345) { continuation.yield(byte) }
            continuation.finish()
            try await objects.put("bytes", from: stream, options: options)
            #expect(try await objects.get("bytes") == pattern(2345))
        }
    }

    @Test("what is said of an object is kept, in any script", arguments: Backend.tested)
    func meta(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let names = [
                "a", " ", ".", "*", ">", "a/b c.d>*", "日本語/ファイル", "🦄", "e\u{301}", "é", "\u{0}", "line\r\nfeed", "\"\\",
                String(repeating: "x", count: 2048),
            ]
            for (number, name) in names.enumerated() {
                let options = ObjectPutOptions(
                    description: "of \(name)", headers: ["X": ["1", "zwei 2"], "Ä": ["\""]], metadata: ["k": name])
                try await objects.put(name, "\(number)", options: options)
                let info = try #require(try await objects.getInfo(name), "\(name)")
                #expect(Array(info.name.utf8) == Array(name.utf8) && info.description == "of \(name)")
                #expect(info.headers == ["X": ["1", "zwei 2"], "Ä": ["\""]] && info.metadata == ["k": name])
                #expect(!info.isDeleted && info.link == nil)
            }
            for (number, name) in names.enumerated() { #expect(try await objects.get(name) == Array("\(number)".utf8)) }
            #expect(try await objects.list().map { Array($0.name.utf8) } == names.map { Array($0.utf8) })
            for name in ["", String(repeating: "x", count: 2049)] {
                await expectError(.invalidObjectName) { try await objects.put(name, "1") }
                await expectError(.invalidObjectName) { try await objects.get(name) }
            }
            for bytes in [0, -1, 8 << 20] {
                var options = ObjectPutOptions()
                options.chunkBytes = bytes
                await expectError(.invalidOption) { try await objects.put("a", "1", options: options) }
            }
        }
    }

    @Test("an object takes another's place, and nothing remains of that", arguments: Backend.tested)
    func replace(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let first = try await objects.put("a", pattern(300_000))
            var options = ObjectPutOptions()
            options.expecting = .absent
            await expectError(.objectExists) { try await objects.put("a", "x", options: options) }
            options.expecting = .revision(first.revision - 1)
            await expectError(.wrongRevision) { try await objects.put("a", "x", options: options) }
            options.expecting = .revision(first.revision)
            let second = try await objects.put("a", pattern(200_000), options: options)
            #expect(second.revision > first.revision && second.id != first.id)
            #expect(try await objects.chunkCounts() == [second.id: 2])
            await expectError(.wrongRevision) { try await objects.put("a", "x", options: options) }
            try await objects.delete("a")
            #expect(try await objects.chunkCounts() == [:])
            options.expecting = .absent
            try await objects.put("a", "again", options: options)
            options.expecting = .revision(0)
            try await objects.put("b", "new", options: options)
            await expectError(.wrongRevision) { try await objects.put("b", "newer", options: options) }
            try await objects.expectNoOrphans()
        }
    }

    @Test("puts of one name at the same time leave one object, and only its chunks", arguments: Backend.tested)
    func concurrent(_ backend: Backend) async throws {
        try await withObjects(backend) { bench, objects in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        try await objects.put("own \(number)", pattern(300_000, seed: number))
                        try await objects.put("shared", pattern(150_000, seed: number))
                    }
                }
                try await group.waitForAll()
            }
            for number in 0..<64 { #expect(try await objects.get("own \(number)") == pattern(300_000, seed: number)) }
            let shared = try await objects.get("shared")
            #expect((0..<64).contains { shared == pattern(150_000, seed: $0) })
            #expect(try await objects.list().count == 65)
            try await objects.expectNoOrphans()
        }
    }

    @Test("a deleted object leaves a record, and can be put again", arguments: Backend.tested)
    func delete(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            await expectError(.objectNotFound) { try await objects.delete("a") }
            let first = try await objects.put("a", pattern(300_000))
            await expectError(.wrongRevision) { try await objects.delete("a", revision: first.revision + 1) }
            try await objects.delete("a", revision: first.revision)
            #expect(try await objects.getInfo("a") == nil)
            let info = try #require(try await objects.getInfo("a", includesDeleted: true))
            #expect(info.isDeleted && info.size == 0 && info.chunkCount == 0 && info.digest == nil)
            await expectError(.objectNotFound) { try await objects.get("a") }
            await expectError(.objectNotFound) { try await objects.delete("a") }
            await expectError(.objectNotFound) { try await objects.updateMeta("a") { $0.name = "b" } }
            #expect(try await objects.list().isEmpty)
            #expect(try await objects.list(includesDeleted: true).map(\.name) == ["a"])
            try await objects.put("a", "1")
            #expect(try await objects.get("a") == Array("1".utf8))
            try await objects.expectNoOrphans()
        }
    }

    @Test("what is said of an object is changed, its name, too, and its bytes stay", arguments: Backend.tested)
    func updateMeta(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let first = try await objects.put("a", pattern(300_000), options: .init(description: "old", metadata: ["k": "v"]))
            let changed = try await objects.updateMeta("a") {
                $0.description = nil
                $0.headers = ["H": ["1"]]
            }
            #expect(changed.id == first.id && changed.description == nil && changed.metadata == ["k": "v"])
            try await objects.put("b", "1")
            await expectError(.objectExists) { try await objects.updateMeta("a") { $0.name = "b" } }
            await expectError(.invalidObjectName) { try await objects.updateMeta("a") { $0.name = "" } }
            try await objects.delete("b")
            // Names that look the same are two.
            try await objects.put("e\u{301}", "1")
            try await objects.updateMeta("e\u{301}") { $0.name = "\u{E9}" }
            #expect(try await objects.getInfo("e\u{301}") == nil)
            try await objects.delete("\u{E9}")
            let renamed = try await objects.updateMeta("a") { $0.name = "b" }
            #expect(renamed.name == "b" && renamed.id == first.id)
            #expect(try await objects.get("b") == pattern(300_000))
            #expect(try await objects.getInfo("b")?.headers == ["H": ["1"]])
            #expect(try await objects.getInfo("a", includesDeleted: true) == nil)
            #expect(try await objects.list(includesDeleted: true).map(\.name) == ["\u{E9}", "b"])
            try await objects.expectNoOrphans()
        }
    }

    @Test("links lead to objects of this and of other buckets", arguments: Backend.tested)
    func links(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let other = try await objects.stream.jetStream.objectStore("C", create: .init(storage: .memory))
            let near = try await objects.put("near", pattern(300_000))
            let far = try await other.put("far", pattern(200_000, seed: 1))
            let link = try await objects.link("to near", to: near)
            #expect(link.link?.bucket == "B" && link.link?.name == "near" && link.size == 0 && link.digest == nil)
            try await objects.link("to far", to: far)
            try await objects.link("to bucket", toBucket: "C")
            #expect(try await objects.get("to near") == pattern(300_000))
            #expect(try await objects.get("to far") == pattern(200_000, seed: 1))
            #expect(try await objects.get("to far", range: 5..<10) == Array(pattern(200_000, seed: 1)[5..<10]))
            let toBucket = try await objects.getInfo("to bucket")?.link
            #expect(toBucket?.bucket == "C" && toBucket?.name == nil)
            await expectError(.invalidLink) { try await objects.get("to bucket") }
            await expectError(.invalidLink) { try await objects.link("x", to: link) }
            await expectError(.objectExists) { try await objects.link("near", to: far) }
            await expectError(.invalidBucketName) { try await objects.link("x", toBucket: "a b") }
            // A link takes a link's place, and so does an object.
            try await objects.link("to near", to: far)
            #expect(try await objects.get("to near") == pattern(200_000, seed: 1))
            try await objects.put("to near", "bytes")
            #expect(try await objects.get("to near") == Array("bytes".utf8))
            // What a link leads to may become a link itself, even to the first one.
            let target = try await objects.put("target", "1")
            try await objects.link("one", to: target)
            try await objects.delete("target")
            let tombstone = try #require(try await objects.getInfo("target", includesDeleted: true))
            await expectError(.invalidLink) { try await objects.link("x", to: tombstone) }
            await expectError(.objectNotFound) { try await objects.get("one") }
            let one = try await objects.put("two", "2")
            try await objects.link("target", to: one)
            #expect(try await objects.get("one") == Array("2".utf8))
            try await objects.delete("two")
            let source = try await objects.put("one", "3")
            try await objects.link("two", to: source)
            try await objects.delete("one")
            try await objects.link("one", to: target)
            await expectError(.invalidLink) { try await objects.get("one") }
            try await objects.delete("one")
            try await objects.expectNoOrphans()
        }
    }
}
