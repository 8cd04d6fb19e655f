/// How far a move to another connection is, while the present one goes on (make before break).
enum MovePhase {
    /// No move is under way.
    /// Can transition to: waiting, attempting
    case resting
    /// The pause before the next attempt; the timer `move` runs, or the present link isn't confirmed yet.
    /// Can transition to: attempting, resting
    case waiting
    /// The successor's handshake; the timer `successor` runs.
    /// Can transition to: preparing, leaving (nothing to prepare), waiting, resting
    case attempting(HandshakeStateMachine)
    /// The successor took us, and gets what may exist twice: queue groups and the request inbox. Its PONG is awaited;
    /// the timer `successor` runs. Then, in a cluster, both have them for a while; the timer `move` runs.
    /// Can transition to: leaving, waiting, resting
    case preparing
    /// Nothing new goes to the present link; its PONG behind the UNSUBs is awaited; the timer `handover` runs.
    /// Can transition to: resting, returning
    case leaving
    /// The successor was lost meanwhile. The same PONG is awaited, to restore everything on the present link.
    /// Can transition to: resting, waiting
    case returning
}

extension MovePhase {
    /// Without the handshake's own state.
    enum Kind: Hashable, CaseIterable {
        case resting, waiting, attempting, preparing, leaving, returning
    }

    var kind: Kind {
        switch self {
        case .resting: .resting
        case .waiting: .waiting
        case .attempting: .attempting
        case .preparing: .preparing
        case .leaving: .leaving
        case .returning: .returning
        }
    }

    /// The server of the successor took us.
    var isSuccessorEstablished: Bool {
        switch self {
        case .preparing, .leaving: true
        case .resting, .waiting, .attempting, .returning: false
        }
    }

    /// The gate of the present link is held: frames in order go to whoever opens it next.
    var holdsGate: Bool {
        switch self {
        case .leaving, .returning: true
        case .resting, .waiting, .attempting, .preparing: false
        }
    }

    /// What the timer `successor` limits.
    var handshakeStep: HandshakeStep? {
        switch self {
        case .attempting(let handshake): handshake.awaited
        case .preparing: .subscriptions
        case .resting, .waiting, .leaving, .returning: nil
        }
    }
}
