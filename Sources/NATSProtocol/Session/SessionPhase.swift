/// Where the session stands with its connection.
enum SessionPhase {
    /// Not started.
    /// Can transition to: attempting, closed
    case idle
    /// Between two attempts; the timer `backoff` runs.
    /// Can transition to: attempting, closed
    case waiting
    /// An attempt is under way; the timer `attempt` runs.
    /// Can transition to: attempting (next server), restoring, connected, waiting, closed
    case attempting(HandshakeStateMachine)
    /// The server took us, the gate is open; the PONG behind the replayed subscriptions is awaited; the timer
    /// `attempt` runs.
    /// Can transition to: connected, attempting, waiting, closed
    case restoring
    /// Everything is as it was promised.
    /// Can transition to: attempting, waiting, closed
    case connected
    /// Over. Absorbing: every input is ignored, every command refused.
    case closed
}

extension SessionPhase {
    /// Without the handshake's own state, for decisions and tests.
    enum Kind: Hashable, CaseIterable {
        case idle, waiting, attempting, restoring, connected, closed
    }

    var kind: Kind {
        switch self {
        case .idle: .idle
        case .waiting: .waiting
        case .attempting: .attempting
        case .restoring: .restoring
        case .connected: .connected
        case .closed: .closed
        }
    }

    /// What the timer `attempt` limits.
    var handshakeStep: HandshakeStep? {
        switch self {
        case .attempting(let handshake): handshake.awaited
        case .restoring: .subscriptions
        case .idle, .waiting, .connected, .closed: nil
        }
    }
}
