import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

@Suite("JetStream: backups") struct StreamBackupTests {
    /// A stream of 200 messages that don't compress, with a consumer, and an empty folder.
    private func withStream(
        _ backend: Backend, _ options: NATSServerOptions = NATSServerOptions(),
        _ body: @escaping @Sendable (JetStream, JetStream.Stream, TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await withJetStream(backend, options) { _, js in
            var configuration = StreamConfiguration(name: "A", subjects: ["a.*"])
            configuration.description = "to be kept"
            let stream = try await js.createStream(configuration)
            _ = try await stream.createConsumer(.init(durable: "c", filterSubjects: ["a.1"]))
            for number in 1...200 { try await js.connection.publish("a.\(number)", Self.noise(number)) }
            try await eventually("all are stored") { try await stream.info().state.messages == 200 }
            try await body(js, stream, folder)
        }
    }

    /// 1,000 bytes that only `number` knows.
    private static func noise(_ number: Int) -> [UInt8] {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<1_000).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    @Test("a stream is written to files and made again from them, under another name, too", arguments: Backend.tested)
    func backUpAndRestore(_ backend: Backend) async throws {
        try await withStream(backend) { js, stream, folder in
            let path = folder.file("backup")
            var steps: [TransferProgress] = []
            var options = SnapshotOptions()
            options.chunkBytes = 16_384
            let done = try await stream.backUp(to: path, options: options) { steps.append($0) }
            #expect(done.bytes > 200_000 && done.totalBytes == done.bytes && done.chunks == steps.count && done.chunks > 10)
            #expect(steps.last?.bytes == done.bytes)
            // What the NATS CLI looks for.
            let record = folder.text(of: "backup/backup.json")
            #expect(record.contains(#""config":{"name":"A""#) && record.contains(#""state":{"messages":200"#))
            try await expectRefusal(.streamNameExistRestoreFailed) { try await js.restoreStream(from: path) }
            try await stream.delete()
            let told = Mutex<[TransferProgress]>([])
            let restored = try await js.restoreStream(from: path, progress: { step in told.withLock { $0.append(step) } })
            let sent = try #require(told.withLock { $0 }.last)
            #expect(sent.bytes == done.bytes && sent.totalBytes == done.bytes && sent.chunks == told.withLock { $0.count })
            #expect(restored.name == "A" && restored.cachedInfo?.configuration.description == "to be kept")
            #expect(restored.cachedInfo?.state.messages == 200)
            #expect(try await restored.message(7).map { Array($0.payload) } == Self.noise(7))
            #expect(try await restored.consumer("c").cachedInfo?.configuration.filterSubjects == ["a.1"])
            let copy = try await js.restoreStream(from: path) {
                $0.name = "B"
                $0.subjects = ["b.*"]
            }
            #expect(copy.name == "B" && copy.cachedInfo?.configuration.subjects == ["b.*"])
            #expect(try await copy.info().state.messages == 200)
        }
    }

    @Test("pieces are no larger than the server takes, and consumers stay behind when told to", arguments: Backend.tested)
    func options(_ backend: Backend) async throws {
        try await withStream(backend, .with { $0.maximumPayload = 4_096 }) { js, stream, folder in
            var options = SnapshotOptions()
            options.leavesOutConsumers = true
            options.checksMessages = true
            options.chunkBytes = 1_024
            options.windowBytes = 4_096
            try await stream.backUp(to: folder.path, options: options)
            try await stream.delete()
            let restored = try await js.restoreStream(from: folder.path)
            #expect(try await restored.info().state.messages == 200)
            #expect(try await restored.consumerNames().all().elements == [])
        }
    }

    @Test("what isn't a backup is refused, and leaves nothing behind", arguments: Backend.tested)
    func damage(_ backend: Backend) async throws {
        try await withStream(backend) { js, stream, folder in
            let missing = try #require(await #expect(throws: NATSError.self) { try await js.restoreStream(from: folder.path) })
            #expect(missing.code == .fileFailed && missing.message.contains(folder.path))
            let nowhere = await #expect(throws: NATSError.self) { try await stream.backUp(to: folder.file("a/b/c")) }
            #expect(nowhere?.code == .fileFailed)
            try await stream.backUp(to: folder.path)
            try await stream.delete()
            let record = folder.text(of: "backup.json")
            try folder.write("", to: "backup.json")
            let empty = await #expect(throws: NATSError.self) { try await js.restoreStream(from: folder.path) }
            #expect(empty?.code == .invalidPayload)
            try folder.write(record, to: "backup.json")
            try folder.write(String(repeating: "nonsense ", count: 100_000), to: "stream.tar.s2")
            let refused = try #require(await #expect(throws: NATSError.self) { try await js.restoreStream(from: folder.path) })
            #expect(refused.code == .jetStreamRefused, "\(refused)")
            try await expectRefusal(.streamNotFound) { try await stream.info() }
        }
    }

    @Test("a snapshot goes piece by piece from one stream into another", arguments: Backend.tested)
    func withoutFiles(_ backend: Backend) async throws {
        try await withStream(backend) { js, stream, _ in
            let snapshot = try await stream.snapshot()
            #expect(snapshot.configuration.description == "to be kept" && snapshot.state.messages == 200)
            var configuration = snapshot.configuration
            configuration.name = "B"
            configuration.subjects = ["b"]
            let copy = try await js.restoreStream(configuration, state: snapshot.state, from: snapshot)
            #expect(try await copy.message(200).map { Array($0.payload) } == Self.noise(200))
            try await expectRefusal(.streamNotFound) { try await js.unverifiedStream("C").snapshot() }
        }
    }
}
