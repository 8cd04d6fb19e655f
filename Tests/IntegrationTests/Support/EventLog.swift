import NATSClient
import Synchronization
import TestSupport
import Testing

/// Keeps every event of a connection from the moment of its making.
final class EventLog: Sendable {
    private let events = Recorder<ConnectionEvent>()
    private let task: Task<Void, Never>

    init(_ connection: NATSConnection) {
        let stream = connection.events
        let events = events
        task = Task { for await event in stream { events.append(event) } }
    }

    var all: [ConnectionEvent] { events.all }

    /// What `select` makes of the events.
    func matching<Value>(_ select: (ConnectionEvent) -> Value?) -> [Value] { all.compactMap(select) }

    /// Waits for the first event that `select` accepts.
    func first<Value>(
        _ what: String, within limit: Duration = .seconds(45), sourceLocation: SourceLocation = #_sourceLocation,
        _ select: (ConnectionEvent) -> Value?
    ) async throws -> Value {
        try await eventually(what, within: limit, sourceLocation: sourceLocation) { !matching(select).isEmpty }
        return try #require(matching(select).first, sourceLocation: sourceLocation)
    }

    /// Waits for the listener's end, which comes with the connection's.
    func finished() async { await task.value }

    deinit { task.cancel() }
}

extension ConnectionEvent {
    var isConnected: Void? { if case .connected = self { () } else { nil } }
    var isReconnected: Void? { if case .reconnected = self { () } else { nil } }
    var disconnectReport: DisconnectReport? { if case .disconnected(let report) = self { report } else { nil } }
    var slowConsumer: SlowConsumerReport? { if case .slowConsumer(let report) = self { report } else { nil } }
    var recovered: SlowConsumerReport? { if case .slowConsumerRecovered(let report) = self { report } else { nil } }
    var deniedSubject: String? { if case .publishDenied(let subject, _) = self { subject } else { nil } }
    var failedAttempt: NATSError? { if case .attemptFailed(let error) = self { error } else { nil } }
    var newStatus: ConnectionStatus? { if case .status(let status) = self { status } else { nil } }
    var move: ConnectionMove? { if case .moved(let move) = self { move } else { nil } }
    var lameDuckServer: String? { if case .lameDuck(let server) = self { server } else { nil } }
}
