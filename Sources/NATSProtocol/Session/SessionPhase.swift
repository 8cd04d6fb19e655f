/// Where the session stands with its present connection.
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
    /// As `restoring`, without an outage before it: the session has moved here, or has come back from a move that
    /// failed late. Users see a connection all the time.
    /// Can transition to: connected, waiting, closed
    case settling
    /// Everything is as it was promised.
    /// Can transition to: settling (moved), attempting, restoring (lost during a move), waiting, closed
    case connected
    /// Over. Absorbing: every input is ignored, every command refused.
    case closed
}

extension SessionPhase {
    /// Without the handshake's own state, for decisions and tests.
    enum Kind: Hashable, CaseIterable {
        case idle, waiting, attempting, restoring, settling, connected, closed
    }

    var kind: Kind {
        switch self {
        case .idle: .idle
        case .waiting: .waiting
        case .attempting: .attempting
        case .restoring: .restoring
        case .settling: .settling
        case .connected: .connected
        case .closed: .closed
        }
    }

    /// What the timer `attempt` limits.
    var handshakeStep: HandshakeStep? {
        switch self {
        case .attempting(let handshake): handshake.awaited
        case .restoring, .settling: .subscriptions
        case .idle, .waiting, .connected, .closed: nil
        }
    }
}
