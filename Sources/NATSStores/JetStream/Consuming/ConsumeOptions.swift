internal import NATSProtocol

/// How a consumer is pulled from continuously. The defaults are made for speed on a local network with messages of a few
/// kilobytes: 1000 messages ahead, asked for again when half of them are taken.
public struct ConsumeOptions: Sendable {
    /// Messages that may be asked for, under way or waiting for the user, at most; at least 1. Default: 1000.
    public var maximumMessages = 1000
    /// Bytes of them: subjects, acknowledgement subjects, headers and payloads. Both bounds hold. Default: nil, any number.
    public var maximumBytes: Int?
    /// More is asked for when no more than this part of both bounds is out, in per cent; 0 to 90. Default: 50.
    public var refillPercent = 50
    /// How long a request waits at the server until it is made again. Default: 30 s.
    public var expiry: Duration = .seconds(30)
    /// The server says so often that it is there; after two that don't come, everything is asked for anew. Never more than half of
    /// ``expiry``. Default: 5 s; zero: never.
    public var idleHeartbeat: Duration = .seconds(5)
    /// The priority group, of a consumer that has some. Server 2.11, ADR-42.
    public var group: String?
    /// Of an overflow group: only when so many messages wait at the consumer.
    public var minimumPending: UInt64?
    /// Of an overflow group: only when so many messages are out without acknowledgement.
    public var minimumAcknowledgementsPending: UInt64?
    /// Of a prioritised group: 0, first, to 9. Server 2.12.
    public var priority: Int?
    /// So many times in a row nobody may answer for the consumer before the sequence ends with an error. Default: nil, for ever,
    /// unless the server says that the consumer doesn't exist.
    public var maximumUnanswered: Int?

    /// After so many messages the sequence ends: never are more asked for, and what comes beyond goes back to the server (NAK).
    /// Default: nil, it goes on. Each message costs a look at it.
    public var messageLimit: Int?

    /// The defaults, and what is said otherwise.
    public init(maximumMessages: Int = 1000, maximumBytes: Int? = nil) {
        self.maximumMessages = maximumMessages
        self.maximumBytes = maximumBytes
    }

    /// As one of a priority group.
    public init(group: String) { self.group = group }

    var pull: PullConfiguration {
        var pull = PullConfiguration()
        pull.maximumMessages = max(1, maximumMessages)
        pull.maximumBytes = maximumBytes.map { max(1, $0) }
        pull.refillPercent = min(max(refillPercent, 0), 90)
        pull.expiryNanoseconds = max(1_000_000, expiry.clampedNanoseconds)
        pull.heartbeatNanoseconds = idleHeartbeat.clampedNanoseconds
        pull.group = group
        pull.minimumPending = minimumPending
        pull.minimumAcknowledgementsPending = minimumAcknowledgementsPending
        pull.priority = priority
        pull.maximumUnanswered = maximumUnanswered
        pull.messageLimit = messageLimit.map { max(1, $0) }
        return pull
    }
}

extension Duration {
    /// Whole nanoseconds, at least 0.
    var clampedNanoseconds: UInt64 { UInt64(max(0, nanosecondsClamped)) }
}
