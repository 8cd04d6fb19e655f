/// What a session waits for by time.
enum SessionTimer: Int, CaseIterable, Sendable {
    /// The handshake must be over, or the replayed subscriptions be confirmed.
    case attempt
    /// The next attempt begins.
    case backoff
    /// Look whether the server still answers.
    case liveness
    /// The server announced the end of the connection by `-ERR`; it must have closed it by now.
    case serverClose
    /// The drain or the close must be over.
    case windDown
    /// The first connection must be made, or the session ends.
    case firstConnect
    /// The next attempt to move begins.
    case move
    /// The successor's handshake must be over, or what it got first be confirmed.
    case successor
    /// The server that we leave must have confirmed the last publishes.
    case handover
    /// A connection with fresh credentials is due.
    case renewal
}

/// All deadlines of a session in one small table; the driver sees the earliest.
struct SessionTimers {
    private static let unset = UInt64.max
    private var deadlineNanoseconds = InlineArray<10, UInt64>(repeating: unset)
    /// The earliest of them, which is looked at far more often than any is set.
    private var earliestNanoseconds = unset

    mutating func set(_ timer: SessionTimer, at deadline: Timestamp) {
        // The far end of time means "not set"; one nanosecond less is as far for everybody.
        deadlineNanoseconds[timer.rawValue] = min(deadline.nanoseconds, Self.unset - 1)
        findEarliest()
    }

    mutating func clear(_ timer: SessionTimer) {
        deadlineNanoseconds[timer.rawValue] = Self.unset
        findEarliest()
    }

    mutating func clearAll() {
        deadlineNanoseconds = InlineArray(repeating: Self.unset)
        earliestNanoseconds = Self.unset
    }

    subscript(timer: SessionTimer) -> Timestamp? {
        let deadline = deadlineNanoseconds[timer.rawValue]
        return deadline == Self.unset ? nil : Timestamp(nanoseconds: deadline)
    }

    /// The earliest deadline.
    var next: Timestamp? {
        earliestNanoseconds == Self.unset ? nil : Timestamp(nanoseconds: earliestNanoseconds)
    }

    private mutating func findEarliest() {
        var earliest = Self.unset
        for index in deadlineNanoseconds.indices { earliest = min(earliest, deadlineNanoseconds[index]) }
        earliestNanoseconds = earliest
    }

    /// Takes one timer that is due, the earliest first; of equal ones the first in the order of `SessionTimer`.
    mutating func popExpired(now: Timestamp) -> SessionTimer? {
        guard let next, next <= now else { return nil }
        for timer in SessionTimer.allCases where deadlineNanoseconds[timer.rawValue] == next.nanoseconds {
            clear(timer)
            return timer
        }
        return nil
    }
}
