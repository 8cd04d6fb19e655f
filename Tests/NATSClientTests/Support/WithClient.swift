@testable import NATSClient
import TestSupport
import Testing

/// Connects, runs `body`, and leaves nothing behind, however `body` ends.
func withClient(
    _ server: ScriptedServer, _ backend: TestBackend,
    options change: (inout ConnectOptions) -> Void = { _ in },
    _ body: (NATSConnection) async throws -> Void
) async throws {
    let nats = try await NATS.connect(server.url, options: backend.options(change))
    do {
        try await body(nats)
    } catch {
        await nats.abortAndWait()
        throw error
    }
    await nats.abortAndWait()
}

/// The error that `body` throws, as a `NATSError`; records an issue when there is none.
func natsError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> NATSError? {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as NATSError {
        return error
    } catch {
        Issue.record("not a NATSError: \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

/// What `connect` throws. A connection that is made all the same is closed, and an issue.
func connectError(
    _ url: String, _ backend: TestBackend, options change: (inout ConnectOptions) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
) async -> NATSError? {
    await natsError(sourceLocation: sourceLocation) {
        let nats = try await NATS.connect(url, options: backend.options(change))
        await nats.abortAndWait()
    }
}

/// Listens from its making on.
struct EventLog {
    struct Ended: Error {}

    private let events: ConnectionEvents

    init(_ nats: NATSConnection) { events = nats.events }

    /// The next event that matches; those before it are skipped.
    func next<Value>(_ match: (ConnectionEvent) -> Value?) async throws -> Value {
        for await event in events {
            if let value = match(event) { return value }
        }
        throw Ended()
    }

    func reconnected() async throws {
        try await next { if case .reconnected = $0 { () } else { nil } }
    }

    func disconnected() async throws -> DisconnectReport {
        try await next { if case .disconnected(let report) = $0 { report } else { nil } }
    }
}
