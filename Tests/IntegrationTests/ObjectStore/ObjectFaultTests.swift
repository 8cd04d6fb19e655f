import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

/// What goes wrong in the middle: nothing wrong is given out, nothing hangs, and nothing remains.
@Suite("Object store: faults", .timeLimit(.minutes(5))) struct ObjectFaultTests {
    @Test("a put that is cancelled or fails keeps what was there, and leaves no chunk", arguments: Backend.tested)
    func brokenOff(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            try await objects.put("a", "kept")
            let pieces = (0..<40).map { pattern(100_000, seed: $0) }
            await #expect(throws: TestFailure()) {
                try await objects.put("a", from: TestPieces(pieces: pieces) { throw TestFailure() })
            }
            try await objects.expectNoOrphans()
            // Cancelled while it waits for more to put: its chunks are in the bucket then.
            for name in ["a", "new"] {
                let signal = AsyncStream.makeStream(of: Void.self)
                let task = Task {
                    try await objects.put(
                        name,
                        from: TestPieces(pieces: pieces) {
                            signal.continuation.yield()
                            try await Task.sleep(for: .seconds(600))
                        })
                }
                for await _ in signal.stream { break }
                try await eventually("chunks are there") { try await objects.chunkCounts().count == 2 }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                // The clean-up was waited for.
                try await objects.expectNoOrphans()
            }
            #expect(try await objects.get("a") == Array("kept".utf8))
            #expect(try await objects.list().map(\.name) == ["a"])
            await expectError(.objectNotFound) { try await objects.get("new") }
        }
    }

    @Test("a put that is cancelled anywhere ends as a whole or as nothing", arguments: Backend.tested)
    func cancelledAnywhere(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            for count in 0..<24 {
                var options = ObjectPutOptions()
                options.chunkBytes = 10_000
                options.windowBytes = 30_000
                let wanted = options
                let result = await SelfCancelling().result { cancel in
                    try await objects.put("a\(count)", from: TestPieces(pieces: [pattern(200_000)]), options: wanted) { step in
                        if step.chunks >= count { cancel() }
                    }
                }
                let info = try await objects.getInfo("a\(count)", source: .leader)
                switch result {
                case .success: #expect(info?.size == 200_000)
                case .failure(let error): #expect(error is CancellationError && info == nil, "\(error)")
                }
            }
            try await objects.expectNoOrphans()
        }
    }

    @Test("puts and gets outlive lost connections", arguments: Backend.tested)
    func reconnects(_ backend: Backend) async throws {
        try await withObjects(backend, .init(storage: .file), within: .seconds(240)) { bench, objects in
            try await withCuttingProxy(to: bench.server.port) { proxy in
                let nats = try await bench.connect(proxy.url)
                let reached = try nats.jetStream().unverifiedObjectStore("B")
                let bytes = pattern(4_000_000)
                var options = ObjectPutOptions()
                options.windowBytes = 500_000
                let cuts = Mutex(0)
                let pieces = TestPieces(pieces: (0..<40).map { Array(bytes[$0 * 100_000..<($0 + 1) * 100_000]) })
                try await reached.put("a", from: pieces, options: options) { step in
                    guard step.chunks % 6 == 0 else { return }
                    cuts.withLock { $0 += 1 }
                    proxy.harmAll(.reset)
                }
                #expect(cuts.withLock { $0 } >= 4)
                #expect(try await objects.get("a") == bytes)
                try await objects.expectNoOrphans()
                var getting = ObjectGetOptions()
                getting.windowBytes = 300_000
                var got: [UInt8] = []
                var number = 0
                for try await chunk in try await reached.chunks("a", options: getting) {
                    got += chunk
                    number += 1
                    if number % 6 == 0 { proxy.harmAll(.reset) }
                }
                #expect(got == bytes)
            }
        }
    }

    @Test("a get goes on when the server restarts in the middle", arguments: Backend.tested)
    func restart(_ backend: Backend) async throws {
        try await withObjects(backend, .init(storage: .file), within: .seconds(240)) { bench, objects in
            let bytes = pattern(3_000_000)
            try await objects.put("a", bytes)
            var options = ObjectGetOptions()
            options.windowBytes = 300_000
            var got: [UInt8] = []
            var number = 0
            for try await chunk in try await objects.chunks("a", options: options) {
                got += chunk
                number += 1
                if number == 5 {
                    bench.server.kill()
                    try await bench.server.restart()
                }
            }
            #expect(got == bytes)
        }
    }

    @Test("bytes that aren't those that were put are never given out as a whole object", arguments: Backend.tested)
    func damaged(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let js = objects.stream.jetStream
            var options = ObjectPutOptions()
            options.chunkBytes = 1000
            let put = options
            @Sendable func place(_ name: String) async throws -> ObjectInfo {
                try await objects.put(name, pattern(5500), options: put)
            }
            // A chunk is missing: in the middle, at the end, all of them.
            for (name, missing) in [("middle", [2]), ("end", [5]), ("all", [0, 1, 2, 3, 4, 5])] {
                let info = try await place(name)
                for number in missing {
                    try await objects.stream.deleteMessage(info.revision - UInt64(info.chunkCount - number))
                }
                await expectError(.objectDamaged) { try await objects.get(name) }
                await expectError(.objectDamaged) { try await objects.get(name, range: 5000..<5500) }
            }
            let only = try await objects.put("only", "1")
            try await objects.stream.deleteMessage(only.revision - 1)
            await expectError(.objectDamaged) { try await objects.get("only") }
            // There is more than there was.
            let longer = try await place("longer")
            try await js.publish("$O.B.C.\(longer.id)", [1, 2, 3])
            #expect(try await objects.get("longer") == pattern(5500))
            // Other bytes of the same length.
            let other = try await place("other")
            try await objects.stream.deleteMessage(other.revision - 1)
            try await js.publish("$O.B.C.\(other.id)", pattern(500, seed: 1))
            var pieces = 0
            await expectError(.objectDamaged) {
                for try await _ in try await objects.chunks("other") { pieces += 1 }
            }
            #expect(pieces == 5, "the last piece was given out")
            // The last chunk is too long.
            let tooLong = try await place("too long")
            try await objects.stream.deleteMessage(tooLong.revision - 1)
            try await js.publish("$O.B.C.\(tooLong.id)", pattern(501))
            await expectError(.objectDamaged) { try await objects.get("too long") }
            try await eventually("no consumer remains") { try await objects.stream.info().state.consumerCount == 0 }
        }
    }

    @Test("records that somebody has forged can't do harm", arguments: Backend.tested)
    func forged(_ backend: Backend) async throws {
        let folder = try TemporaryFolder()
        try await withObjects(backend) { _, objects in
            let js = objects.stream.jetStream
            try await objects.put("kept", pattern(300_000))
            let ids = [">", "*", "", "a.b", "../../x", "a b", "\\u0000", "ä"]
            for id in ids {
                let record =
                    #"{"name":"a","bucket":"B","nuid":"\#(id)","size":10,"chunks":1,"digest":"SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="}"#
                try await js.publish("$O.B.M.YQ==", record)
                await expectError(.objectDamaged) { try await objects.get("a") }
                await expectError(.objectDamaged) { try await objects.get("a", toFile: folder.file("target")) }
                // Neither a put nor a delete removes what isn't the object's.
                try await objects.put("a", "1")
                try await js.publish("$O.B.M.YQ==", record)
                try await objects.delete("a")
                #expect(try await objects.get("kept") == pattern(300_000), "\(id)")
            }
            for (size, chunks) in [("18446744073709551615", "1"), ("9223372036854775807", "-1"), ("9223372036854775807", "2")] {
                let record =
                    #"{"name":"b","bucket":"B","nuid":"id","size":\#(size),"chunks":\#(chunks),"digest":"SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="}"#
                try await js.publish("$O.B.M.Yg==", record)
                for maximum in [1 << 30, Int.max] {
                    let code: NATSError.Code = maximum == .max || size.hasPrefix("1") ? .objectDamaged : .payloadTooLarge
                    await expectError(code) { try await objects.get("b", maximumBytes: maximum) }
                }
            }
            #expect(try folder.names().isEmpty)
        }
    }

    @Test("an object that is replaced or deleted while it is read is told", arguments: Backend.tested)
    func changed(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            var options = ObjectGetOptions()
            options.windowBytes = 1
            for isDeleted in [false, true] {
                // Far more than is read ahead.
                let info = try await objects.put("a", pattern(10_000_000))
                #expect(info.chunkCount == 77)
                await expectError(.objectChanged) {
                    var isFirst = true
                    for try await _ in try await objects.chunks("a", options: options) {
                        guard isFirst else { continue }
                        isFirst = false
                        if isDeleted { try await objects.delete("a") } else { try await objects.put("a", "new") }
                    }
                }
                let chunks = try await objects.put("b", "1")
                let later = try await objects.chunks("b")
                try await objects.put("b", "2")
                #expect(chunks.id != (try await objects.getInfo("b"))?.id)
                await expectError(.objectChanged) { for try await _ in later {} }
            }
        }
    }

    @Test("chunks that others have left are found and removed, and no others", arguments: Backend.tested)
    func repair(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let js = objects.stream.jetStream
            #expect(try await objects.orphans(idleFor: .zero) == [])
            try await objects.put("a", pattern(300_000))
            let deleted = try await objects.put("b", "1")
            try await objects.delete("b")
            try await objects.link("c", toBucket: "C")
            #expect(try await objects.orphans(idleFor: .zero) == [])
            for _ in 1...3 { try await js.publish("$O.B.C.left", pattern(1000)) }
            // A delete whose client has crashed before it has removed the bytes.
            try await js.publish("$O.B.C.\(deleted.id)", pattern(10))
            #expect(try await objects.orphans() == [], "they could be of a put that is under way")
            let orphans = try await objects.orphans(idleFor: .zero)
            #expect(orphans.map(\.id) == ["left", deleted.id] && orphans.map(\.chunkCount) == [3, 1])
            #expect(try await objects.removeOrphans(idleFor: .zero) == orphans)
            #expect(try await objects.orphans(idleFor: .zero) == [])
            try await objects.expectNoOrphans()
            #expect(try await objects.get("a") == pattern(300_000))
        }
    }
}
