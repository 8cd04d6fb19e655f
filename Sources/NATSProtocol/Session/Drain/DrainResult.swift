/// How far a drain had come.
package enum DrainPhase: Hashable, Sendable {
    /// The server's confirmation of the UNSUBs was awaited.
    case subscriptions
    /// The consumers had not taken all messages yet.
    case delivery
    /// The server's confirmation of the last publishes was awaited.
    case publishes
}

/// How a drain ended. The session closes in every case.
package enum DrainResult: Hashable, Sendable {
    /// Every message was delivered and every publish confirmed.
    case complete
    /// The deadline passed.
    case timedOut(DrainPhase)
    /// There was no connection to drain.
    case notConnected
    /// The connection was lost on the way.
    case connectionLost(DrainPhase)
    /// `close` or `abort` was called on the way.
    case interrupted(DrainPhase)
}
