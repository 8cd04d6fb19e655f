extension PullStateMachine {
    /// A status came for a request of that epoch, with what the server says is left of it.
    package mutating func statusReceived(
        _ status: PullStatus, epoch: UInt32, pendingMessages: Int?, pendingBytes: Int?, now: Timestamp
    ) {
        guard !isOver, epoch == self.epoch else { return }
        signOfLife(now: now)
        if pendingMessages != nil || pendingBytes != nil {
            giveBack(messages: pendingMessages ?? 0, bytes: pendingBytes ?? 0)
        }
        switch status {
        case .idleHeartbeat, .flowControl: break
        case .consumerDeleted: end(.consumerDeleted)
        case .consumerIsPushBased: end(.consumerIsPushBased)
        case .badRequest: end(.badRequest)
        case .limitExceeded: end(.limitExceeded)
        case .apiLevelTooHigh: end(.apiLevelTooHigh)
        case .noMessages, .requestExpired, .interestExpired, .requestsPending, .batchCompleted:
            requestEnded(hasSaidWhatIsLeft: pendingMessages != nil, now: now)
        case .messageTooLarge: tooLarge(pendingMessages: pendingMessages, pendingBytes: pendingBytes, now: now)
        case .pinMismatch:
            if pinID != nil { report(.unpinned) }
            pinID = nil
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

    private mutating func requestEnded(hasSaidWhatIsLeft: Bool, now: Timestamp) {
        guard configuration.manner == .continuous else { return end(.complete) }
        if hasSaidWhatIsLeft { refill(now: now) } else { askAnew(now: now) }
    }

    /// What is left of the request's bytes is too little for the next message. If it was all that may be asked for, and nothing
    /// is with the user, asking again would go on like this for ever.
    private mutating func tooLarge(pendingMessages: Int?, pendingBytes: Int?, now: Timestamp) {
        if let maximum = configuration.maximumBytes, heldMessages == 0, pendingBytes ?? 0 >= maximum {
            return end(.messageTooLarge)
        }
        requestEnded(hasSaidWhatIsLeft: pendingMessages != nil, now: now)
    }

    private mutating func unanswered(now: Timestamp) {
        guard configuration.manner == .continuous else { return end(.unanswered) }
        let count = askLater(now: now)
        if let maximum = configuration.maximumUnanswered, count > maximum { return end(.unanswered) }
        report(.unanswered(times: count))
    }
}
