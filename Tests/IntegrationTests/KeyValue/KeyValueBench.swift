import NATSClient
import NATSStores
import TestSupport
import Testing

/// Runs `body` beside a real server, with a bucket `B`.
func withBucket(
    _ backend: Backend, _ configuration: KeyValueConfiguration = KeyValueConfiguration(storage: .memory),
    within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Bench, KeyValueStore) async throws -> Void
) async throws {
    try await withJetStream(backend, within: limit, sourceLocation: sourceLocation) { bench, js in
        try await body(bench, js.keyValueStore("B", create: configuration))
    }
}

extension KeyValueUpdate {
    /// `a=1`, `-a`, `--a`, `complete`, `gap 7`.
    var testDescription: String {
        switch self {
        case .entry(let entry):
            switch entry.operation {
            case .put: "\(entry.key)=\(entry.string)"
            case .delete: "-\(entry.key)"
            case .purge: "--\(entry.key)"
            }
        case .initialStateComplete: "complete"
        case .gap(let gap): gap.isNewBucket ? "new bucket" : "gap \(gap.fromRevision)"
        }
    }
}

extension KeyValueWatch {
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

extension KeyValueReading {
    /// What a server knows of consumers of the bucket.
    func consumerCount() async throws -> Int { try await stream.info().state.consumerCount }
}
