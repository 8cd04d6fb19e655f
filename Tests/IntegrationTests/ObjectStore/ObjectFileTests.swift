import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

@Suite("Object store: files", .timeLimit(.minutes(5))) struct ObjectFileTests {
    @Test("a file is put and got again, as a whole or as it was", arguments: Backend.tested)
    func roundTrip(_ backend: Backend) async throws {
        let folder = try TemporaryFolder()
        try await withObjects(backend) { _, objects in
            let bytes = pattern(1_000_000)
            let source = folder.file("source")
            try FileBytes.write(bytes, to: source)
            let steps = Mutex<[TransferProgress]>([])
            let info = try await objects.put("a", fromFile: source) { step in steps.withLock { $0.append(step) } }
            #expect(info.name == "a" && info.size == 1_000_000)
            #expect(steps.withLock { $0 }.last?.bytes == 1_000_000 && steps.withLock { $0 }.last?.totalBytes == 1_000_000)
            let target = folder.file("target")
            // A longer file is replaced as a whole.
            try FileBytes.write(pattern(2_000_000), to: target)
            steps.withLock { $0 = [] }
            let got = try await objects.get("a", toFile: target) { step in steps.withLock { $0.append(step) } }
            #expect(got.id == info.id)
            #expect(try FileBytes.read(target) == bytes)
            #expect(steps.withLock { $0 }.last?.bytes == 1_000_000 && steps.withLock { $0.count } == 8)
            await expectError(.objectNotFound) { try await objects.get("b", toFile: target) }
            #expect(try FileBytes.read(target) == bytes)
            await expectError(.fileFailed) { try await objects.get("a", toFile: folder.file("none/target")) }
            await expectError(.fileFailed) { try await objects.put("a", fromFile: folder.file("none")) }
            #expect(try await objects.get("a") == bytes)
            try await objects.put("empty", [])
            try await objects.get("empty", toFile: target)
            #expect(try FileBytes.read(target) == [])
            #expect(try folder.names().sorted() == ["source", "target"])
        }
    }

    @Test("a get to a file that was broken off goes on where it was, and is compared as a whole", arguments: Backend.tested)
    func resume(_ backend: Backend) async throws {
        let folder = try TemporaryFolder()
        try await withObjects(backend) { _, objects in
            let bytes = pattern(1_000_000)
            let info = try await objects.put("a", bytes)
            let target = folder.file("target")
            var options = ObjectGetOptions()
            options.resumes = true
            let partial = "\(target).\(info.id).part"
            // What an earlier get has left.
            try FileBytes.write(Array(bytes[..<600_001]), to: partial)
            let steps = Mutex<[TransferProgress]>([])
            try await objects.get("a", toFile: target, options: options) { step in steps.withLock { $0.append(step) } }
            #expect(try FileBytes.read(target) == bytes)
            #expect(
                steps.withLock { $0 }.first.map { $0.bytes > 600_001 } == true && steps.withLock { $0 }.last?.bytes == 1_000_000)
            #expect(try folder.names() == ["target"])
            // All of it was there.
            try FileBytes.write(bytes, to: partial)
            try await objects.get("a", toFile: target, options: options)
            #expect(try folder.names() == ["target"])
            // What is left isn't what it should be: it isn't kept.
            for wrong in [pattern(600_001, seed: 1), pattern(1_000_001)] {
                try FileBytes.write(wrong, to: partial)
                await expectError(.objectDamaged) { try await objects.get("a", toFile: target, options: options) }
                #expect(try folder.names() == ["target"])
            }
            #expect(try FileBytes.read(target) == bytes)
            // A cancelled get leaves what has come, only if it is to go on later.
            for isToResume in [true, false] {
                options.resumes = isToResume
                let wanted = options
                let result = await SelfCancelling().result { cancel in
                    try await objects.get("a", toFile: target, options: wanted) { _ in cancel() }
                }
                #expect(throws: CancellationError.self) { try result.get() }
                #expect(try folder.names().contains("target.\(info.id).part") == isToResume)
                if isToResume { try await objects.get("a", toFile: target, options: options) }
            }
            #expect(try FileBytes.read(target) == bytes)
        }
    }
}
