import NATSClient
import NATSStores

/// One object of many chunks.
extension Bench {
    /// `object-put`: from the first question to the last answer.
    func putObject() async throws -> Outcome {
        try await withObjects { objects in
            let start = Usage.now
            try await put(objects)
            return Outcome(messages: options.streamMessages, window: Window(from: start))
        }
    }

    /// `object-get`: from the first question to the last byte.
    func getObject() async throws -> Outcome {
        try await withObjects { objects in
            try await put(objects)
            let start = Usage.now
            var byteCount = 0
            for try await chunk in try await objects.chunks("object") { byteCount += chunk.count }
            let window = Window(from: start)
            guard byteCount == options.streamMessages * options.payloadBytes.count else { throw Failure("bytes are missing") }
            return Outcome(messages: options.streamMessages, window: window)
        }
    }

    private func put(_ objects: ObjectStore) async throws {
        var putting = ObjectPutOptions()
        putting.chunkBytes = options.payloadBytes.count
        let chunks = RepeatedChunk(bytes: options.payloadBytes, count: options.streamMessages)
        try await objects.put("object", from: chunks, options: putting)
    }

    /// Runs `body` with a bucket, which is new, and gone afterwards.
    private func withObjects(_ body: (ObjectStore) async throws -> Outcome) async throws -> Outcome {
        let js = try await connect().jetStream()
        let storage: StreamConfiguration.Storage = options.storage == .file ? .file : .memory
        let objects = try await js.objectStore("NATS_BENCH", create: .init(storage: storage))
        let result: Result<Outcome, any Error>
        do { result = .success(try await body(objects)) } catch { result = .failure(error) }
        try await objects.deleteBucket()
        return try result.get()
    }
}

/// The same bytes again and again.
private struct RepeatedChunk: AsyncSequence, AsyncIteratorProtocol {
    let bytes: [UInt8]
    var count: Int

    func makeAsyncIterator() -> RepeatedChunk { self }

    mutating func next() async -> [UInt8]? {
        guard count > 0 else { return nil }
        count -= 1
        return bytes
    }
}
