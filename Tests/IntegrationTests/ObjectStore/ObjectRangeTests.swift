import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Object store: ranges", .timeLimit(.minutes(5))) struct ObjectRangeTests {
    @Test("every part of an object can be read by itself", arguments: Backend.tested)
    func parts(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            var options = ObjectPutOptions()
            options.chunkBytes = 100
            let bytes = pattern(1050)
            // Chunks of two objects in turns: their numbers say nothing of places.
            try await withThrowingTaskGroup(of: Void.self) { group in
                let options = options
                for name in ["a", "b"] { group.addTask { try await objects.put(name, bytes, options: options) } }
                try await group.waitForAll()
            }
            for start in [0, 1, 99, 100, 101, 500, 999, 1000, 1049] {
                for count in [0, 1, 99, 100, 101, 1050] {
                    let wanted = Array(bytes[start..<min(1050, start + count)])
                    #expect(try await objects.get("a", range: start..<start + count) == wanted, "\(start) \(count)")
                }
            }
            #expect(try await objects.get("a", range: 1000...) == Array(bytes[1000...]))
            #expect(try await objects.get("a", range: ...9) == Array(bytes[...9]))
            #expect(try await objects.get("a", range: ..<10) == Array(bytes[..<10]))
            #expect(try await objects.get("a", range: 2000..<3000) == [])
            #expect(try await objects.get("a", range: 0...) == bytes)
            let chunks = try await objects.chunks("a", range: 150..<350)
            #expect(chunks.range == 150..<350 && chunks.info.name == "a")
            var pieces: [Int] = []
            for try await piece in chunks { pieces.append(piece.count) }
            #expect(pieces == [50, 100, 50])
            try await objects.put("small", pattern(10))
            #expect(try await objects.get("small", range: 3..<5) == Array(pattern(10)[3..<5]))
            try await objects.put("empty", [])
            #expect(try await objects.get("empty", range: 0..<5) == [])
            try await eventually("no consumer remains") { try await objects.stream.info().state.consumerCount == 0 }
        }
    }

    @Test("a part is of the object that was meant, or of none", arguments: Backend.tested)
    func changed(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let first = try await objects.put("a", pattern(300_000))
            #expect(try await objects.get("a", range: 0..<10, of: first) == Array(pattern(10)))
            // What is said of it may change.
            try await objects.updateMeta("a") { $0.description = "words" }
            #expect(try await objects.get("a", range: 0..<10, of: first) == Array(pattern(10)))
            try await objects.put("a", pattern(300_000, seed: 1))
            await expectError(.objectChanged) { try await objects.get("a", range: 0..<10, of: first) }
        }
    }

    @Test("chunks of irregular length are read by their places", arguments: Backend.tested)
    func irregular(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let js = objects.stream.jetStream
            let bytes = pattern(1000)
            var position = 0
            for count in [1, 300, 0, 99, 600] {
                try await js.publish("$O.B.C.id", Array(bytes[position..<position + count]))
                position += count
            }
            let record = #"{"name":"a","bucket":"B","nuid":"id","size":1000,"chunks":5,"options":{"max_chunk_size":600}}"#
            try await js.publish("$O.B.M.YQ==", record)
            for range in [0..<1, 0..<2, 1..<300, 299..<500, 300..<301, 301..<302, 400..<401, 999..<1000, 0..<1000] {
                #expect(try await objects.get("a", range: range) == Array(bytes[range]), "\(range)")
            }
            // Without a digest nobody can say whether all is well.
            await expectError(.objectDamaged) { try await objects.get("a") }
        }
    }
}
