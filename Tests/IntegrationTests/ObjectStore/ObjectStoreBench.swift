import Foundation
import NATSClient
import NATSStores
import Synchronization
import TestSupport
import Testing

/// Runs `body` beside a real server, with a bucket `B`.
func withObjects(
    _ backend: Backend, _ configuration: ObjectStoreConfiguration = ObjectStoreConfiguration(storage: .memory),
    within limit: Duration = .seconds(120), sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Bench, ObjectStore) async throws -> Void
) async throws {
    try await withJetStream(backend, within: limit, sourceLocation: sourceLocation) { bench, js in
        try await body(bench, js.objectStore("B", create: configuration))
    }
}

extension ObjectStore {
    /// How many chunks there are of each id that has some.
    func chunkCounts() async throws -> [String: UInt64] {
        let counts = try await stream.subjectCounts(matching: "$O.\(bucket).C.>")
        return Dictionary(uniqueKeysWithValues: counts.map { (String($0.key.dropFirst("$O.\(bucket).C.".count)), $0.value) })
    }

    /// The ids of the objects that are there.
    func ids() async throws -> Set<String> { Set(try await list().filter { $0.chunkCount > 0 }.map(\.id)) }

    /// Expects that every chunk belongs to an object.
    func expectNoOrphans(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await Set(chunkCounts().keys) == ids(), sourceLocation: sourceLocation)
    }
}

extension ObjectUpdate {
    /// `a=12`, `-a`, `a>B/b`, `complete`, `gap`.
    var testDescription: String {
        switch self {
        case .info(let info):
            if info.isDeleted {
                "-\(info.name)"
            } else if let link = info.link {
                "\(info.name)>\(link.bucket)/\(link.name ?? "")"
            } else {
                "\(info.name)=\(info.size)"
            }
        case .initialStateComplete: "complete"
        case .gap(let gap): gap.isNewBucket ? "new bucket" : "gap"
        }
    }
}

extension ObjectWatch {
    /// The next updates, as `testDescription` has them.
    func take(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws -> [String] {
        var updates: [String] = []
        while updates.count < count {
            updates.append(try #require(try await next(), "the watch has ended", sourceLocation: sourceLocation).testDescription)
        }
        return updates
    }

    /// Everything up to the marker.
    func initial(sourceLocation: SourceLocation = #_sourceLocation) async throws -> [String] {
        var updates: [String] = []
        while updates.last != "complete" { updates += try await take(1, sourceLocation: sourceLocation) }
        return updates.dropLast()
    }
}

/// Pieces that are given out one after another; then what `end` does.
struct TestPieces: AsyncSequence, AsyncIteratorProtocol {
    var pieces: [[UInt8]]
    var end: @Sendable () async throws -> Void = {}

    func makeAsyncIterator() -> TestPieces { self }

    mutating func next() async throws -> [UInt8]? {
        guard pieces.isEmpty else { return pieces.removeFirst() }
        try await end()
        return nil
    }
}

struct TestFailure: Error, Equatable {}

/// Files of bytes.
enum FileBytes {
    static func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
    static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
}

extension TemporaryFolder {
    /// What is in it.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }
}

/// A task that can cancel itself.
final class SelfCancelling<Value: Sendable>: Sendable {
    private let task = Mutex<Task<Value, any Error>?>(nil)

    /// What `body` ends with; it is given what cancels it.
    func result(_ body: @escaping @Sendable (_ cancel: @escaping @Sendable () -> Void) async throws -> Value) async
        -> Result<Value, any Error>
    {
        let (start, continuation) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            for await _ in start { break }
            return try await body { self.task.withLock { $0 }?.cancel() }
        }
        self.task.withLock { $0 = task }
        continuation.yield()
        return await task.result
    }
}
