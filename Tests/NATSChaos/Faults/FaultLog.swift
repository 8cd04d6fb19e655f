import Foundation
import Synchronization

/// What happened when, to whom.
final class FaultLog: Sendable {
    struct Entry: Sendable {
        let kind: FaultKind
        let start: Double
        var end: Double?
        /// Nil: not to one server.
        let node: Int?
        /// Nil: not to one client.
        let client: Int?
    }

    /// A loss is put down to the last fault that began within this time before it.
    private static let memorySeconds = 10.0

    private let clock: RunClock
    private let entries = Mutex<[Entry]>([])
    private let lines = Mutex<[String]>([])

    init(clock: RunClock) { self.clock = clock }

    var all: [Entry] { entries.withLock { $0 } }
    var text: String { lines.withLock { $0 }.joined(separator: "\n") + "\n" }

    func note(_ text: String) {
        lines.withLock { $0.append(String(format: "%9.3f  ", clock.seconds) + text) }
    }

    /// Keeps the time in which `body` runs as that of the fault.
    func during<Value>(
        _ kind: FaultKind, node: Int? = nil, client: Int? = nil, _ body: () async throws -> Value
    ) async throws -> Value {
        let start = clock.seconds
        let index = entries.withLock { entries in
            entries.append(Entry(kind: kind, start: start, end: nil, node: node, client: client))
            return entries.count - 1
        }
        let place = [node.map { "server n\($0)" }, client.map { "client \($0)" }].compactMap(\.self).joined()
        note("begin \(kind.rawValue) \(place)")
        defer {
            entries.withLock { $0[index].end = clock.seconds }
            note("end   \(kind.rawValue) \(place)")
        }
        return try await body()
    }

    /// The fault that a client's loss at this time is put down to. A cut after bytes may wait for a connection to come.
    func cause(of seconds: Double, client: Int, node: Int?) -> Entry? {
        entries.withLock { entries in
            entries.last { entry in
                guard entry.start <= seconds, seconds - (entry.end ?? seconds) < Self.memorySeconds else { return false }
                if let harmed = entry.client, harmed != client { return false }
                if let harmed = entry.node, let node, harmed != node { return false }
                return entry.kind != .slowConsumer && entry.kind != .burst
            } ?? entries.last { $0.kind == .cutAfterBytes && $0.client == client && $0.start <= seconds }
        }
    }
}
