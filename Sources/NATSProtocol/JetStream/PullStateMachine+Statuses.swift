extension PullStateMachine {
    /// A status came for the request of that serial, with what the server says is left of its bytes.
    ///
    /// What is left of its messages is known without being told: what was asked for and hasn't come.
    package mutating func statusReceived(_ status: PullStatus, serial: UInt64, pendingBytes: Int?, now: Timestamp) {
        guard signOfLife(serial, now: now) else { return }
        switch status {
        case .idleHeartbeat, .flowControl: break
        case .consumerDeleted: end(.consumerDeleted)
        case .consumerIsPushBased: end(.consumerIsPushBased)
        case .badRequest: end(.badRequest)
        case .limitExceeded: end(.limitExceeded)
        case .apiLevelTooHigh: end(.apiLevelTooHigh)
        case .noMessages, .requestExpired, .interestExpired, .requestsPending, .batchCompleted:
            requestEnded(serial, now: now)
        case .messageTooLarge: tooLarge(serial, pendingBytes: pendingBytes, now: now)
        case .pinMismatch:
            dropPin()
            askAnew(now: now)
        case .leadershipChanged, .serverShutdown:
            report(.leadershipChanged)
            askAnew(now: now)
        case .maximumWaitingExceeded:
            guard configuration.manner == .continuous else { return end(.limitExceeded) }
            report(.maximumWaitingExceeded)
            _ = askLater(now: now)
        case .noResponders: unanswered(now: now)
        case .unknown:
            guard configuration.manner == .continuous else { return end(.complete) }
            report(.unknownStatus)
            _ = askLater(now: now)
        }
    }

    /// A request that is known to be served needs no end.
    private mutating func requestEnded(_ serial: UInt64, now: Timestamp) {
        guard giveUp(serial) else { return }
        guard configuration.manner == .continuous else { return end(.complete) }
        refill(now: now)
    }

    /// What is left of the request's bytes is too little for the next message. If it was all that may be asked for, and nothing
    /// is with the user, asking again would go on like this for ever; and asking for no more than was too little, too.
    private mutating func tooLarge(_ serial: UInt64, pendingBytes: Int?, now: Timestamp) {
        let pending = pendingBytes ?? 0
        nextMessageNeeds(bytes: pending &+ 1)
        if let maximum = configuration.maximumBytes, pending >= maximum, configuration.manner == .continuous || receivedCount == 0
        {
            return end(.messageTooLarge)
        }
        requestEnded(serial, now: now)
    }

    private mutating func unanswered(now: Timestamp) {
        guard configuration.manner == .continuous else { return end(.unanswered) }
        let count = askLater(now: now)
        if let maximum = configuration.maximumUnanswered, count > maximum { return end(.unanswered) }
        report(.unanswered(times: count))
    }
}
