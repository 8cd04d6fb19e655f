extension PullStateMachine {
    /// A status came for the request of that serial, with what the server says is left of its messages and bytes.
    package mutating func statusReceived(
        _ status: PullStatus, serial: UInt64, pendingMessages: Int?, pendingBytes: Int?, now: Timestamp
    ) {
        guard signOfLife(serial, now: now) else { return }
        switch status {
        case .idleHeartbeat, .flowControl: break
        case .consumerDeleted: end(.consumerDeleted)
        case .consumerIsPushBased: end(.consumerIsPushBased)
        case .badRequest: end(.badRequest)
        case .limitExceeded(let limit): limitExceeded(limit, now: now)
        case .apiLevelTooHigh: end(.apiLevelTooHigh)
        case .noMessages, .requestExpired, .interestExpired, .requestsPending, .batchCompleted:
            requestEnded(serial, pendingMessages, pendingBytes, now: now)
        case .messageTooLarge:
            messageTooLarge(pendingBytes: pendingBytes)
            requestEnded(serial, pendingMessages, pendingBytes, now: now)
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

    /// An end that changes nothing needs no answer.
    private mutating func requestEnded(
        _ serial: UInt64, _ pendingMessages: Int?, _ pendingBytes: Int?, now: Timestamp
    ) {
        guard !isOver else { return }
        guard giveUp(serial, messagesLeft: pendingMessages, bytesLeft: pendingBytes) else { return }
        guard configuration.manner == .continuous else { return end(.complete) }
        refill(now: now)
    }

    /// What is left of the request's bytes is too little for the next message. If it was all that may be asked for, and nothing
    /// is with the user, asking again would go on like this for ever; and asking for no more than was too little, too.
    private mutating func messageTooLarge(pendingBytes: Int?) {
        let pending = pendingBytes ?? 0
        nextMessageNeeds(bytes: pending &+ 1)
        if let maximum = configuration.maximumBytes, pending >= maximum, configuration.manner == .continuous || receivedCount == 0
        {
            end(.messageTooLarge)
        }
    }

    /// Whoever goes on asks for no more than that from now on; if it isn't known how much that is, it may change.
    private mutating func limitExceeded(_ limit: PullLimit?, now: Timestamp) {
        guard configuration.manner == .continuous else { return end(.limitExceeded) }
        report(.limitExceeded)
        if let limit, keep(to: limit) { askAnew(now: now) } else { _ = askLater(now: now) }
    }

    private mutating func unanswered(now: Timestamp) {
        guard configuration.manner == .continuous else { return end(.unanswered) }
        let count = askLater(now: now)
        if let maximum = configuration.maximumUnanswered, count > maximum { return end(.unanswered) }
        report(.unanswered(times: count))
    }
}
