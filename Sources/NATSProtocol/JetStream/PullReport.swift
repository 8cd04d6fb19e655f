/// What a pull tells beside messages.
package enum PullReport: Sendable, Hashable {
    /// Nothing came for two heartbeats; asked again.
    case heartbeatsMissed
    /// Nobody answers for the consumer at the moment; asked again later.
    case unanswered(times: Int)
    /// Too many requests wait at the consumer; asked again later.
    case maximumWaitingExceeded
    /// The consumer allows less than was asked for; asked for less.
    case limitExceeded
    /// The consumer has a new leader; asked again.
    case leadershipChanged
    /// We are the client that gets everything.
    case pinned(id: String)
    /// We aren't any more; asked again.
    case unpinned
    /// A status that this version doesn't know; asked again later.
    case unknownStatus
}

/// Why a pull is over.
package enum PullEnd: Sendable, Hashable {
    /// It has what it asked for, or there was no more in its time.
    case complete
    /// The user has stopped it.
    case stopped
    case consumerDeleted
    case consumerIsPushBased
    /// The consumer allows less than was asked for.
    case limitExceeded
    /// The next message is larger than all that may be asked for.
    case messageTooLarge
    case badRequest
    case apiLevelTooHigh
    /// Nobody answers for the consumer.
    case unanswered
    /// Of a pull that asks once and doesn't wait: no answer came.
    case timedOut
    /// Of a pull that asks once: two heartbeats didn't come.
    case heartbeatsMissed
    /// Of a pull that asks once.
    case connectionLost
}
