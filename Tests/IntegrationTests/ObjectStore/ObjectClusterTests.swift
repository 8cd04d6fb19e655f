import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Object store: a cluster whose servers are killed", .timeLimit(.minutes(10))) struct ObjectClusterTests {
    @Test("puts and gets go on while servers are killed, and every byte is what it was", arguments: Backend.tested)
    func kills(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend, within: .seconds(500)) { bench, cluster, js in
            let objects = try await js.objectStore("B", create: .init(storage: .file, replicas: 3))
            let reached = try await bench.connect(cluster.urls).jetStream().objectStore("B")
            for round in 0..<3 {
                let bytes = pattern(4_000_000, seed: round)
                var options = ObjectPutOptions()
                options.windowBytes = 600_000
                options.timeout = .seconds(180)
                let pieces = (0..<40).map { Array(bytes[$0 * 100_000..<($0 + 1) * 100_000]) }
                // The leader goes in the middle, and later any other.
                let put = try await reached.put(
                    "a", from: KillingPieces(pieces: pieces, at: 20) { try await kill(round == 2 ? nil : objects, cluster) },
                    options: options)
                #expect(put.size == 4_000_000)
                var getting = ObjectGetOptions()
                getting.windowBytes = 600_000
                getting.stallLimit = .seconds(180)
                var got: [UInt8] = []
                var number = 0
                for try await chunk in try await chunks(of: reached, getting) {
                    got += chunk
                    number += 1
                    if number == 10 { try await kill(round == 1 ? nil : objects, cluster) }
                }
                #expect(got == bytes)
                try await eventually("only the object's chunks are there", within: .seconds(90)) {
                    guard let counts = try? await objects.chunkCounts() else { return false }
                    return counts == [put.id: UInt64(put.chunkCount)]
                }
            }
        }
    }

    /// Whoever asks while a leader is chosen asks again.
    private func chunks(of objects: ObjectStore, _ options: ObjectGetOptions) async throws -> ObjectChunks {
        var chunks: ObjectChunks?
        try await eventually("the object is found", within: .seconds(90)) {
            do {
                chunks = try await objects.chunks("a", options: options)
            } catch let error as NATSError where error.isRetryable {}
            return chunks != nil
        }
        return try #require(chunks)
    }

    /// Kills the leader of the bucket, or any server, and starts it again.
    private func kill(_ objects: ObjectStore?, _ cluster: NATSCluster) async throws {
        var leader: String?
        if let objects {
            try await eventually("the bucket has a leader", within: .seconds(90)) {
                leader = try? await objects.stream.info().cluster?.leader
                return leader != nil
            }
        }
        let victim = cluster.servers.first { $0.options.name == leader } ?? cluster[2]
        victim.kill()
        try await victim.restart()
    }
}

/// Pieces, in the middle of which something happens.
private struct KillingPieces: AsyncSequence, AsyncIteratorProtocol {
    var pieces: [[UInt8]]
    var countdown: Int
    let event: () async throws -> Void

    init(pieces: [[UInt8]], at number: Int, _ event: @escaping () async throws -> Void) {
        self.pieces = pieces
        countdown = number
        self.event = event
    }

    func makeAsyncIterator() -> KillingPieces { self }

    mutating func next() async throws -> [UInt8]? {
        if countdown == 0 { try await event() }
        countdown -= 1
        return pieces.isEmpty ? nil : pieces.removeFirst()
    }
}
