/// What a server says on the subject of a pull request, in place of a message.
///
/// Source: `server/consumer.go` of nats-server 2.15; which of them end what: ADR-37.
package enum PullStatus: Sendable, Hashable {
    /// The consumer is there and has nothing.
    case idleHeartbeat
    /// The server waits for an answer before it pushes on.
    case flowControl
    /// There is nothing, and the request didn't want to wait.
    case noMessages
    /// The request's time is over.
    case requestExpired
    /// Nobody listened on the request's subject.
    case interestExpired
    /// The request didn't want to wait behind others.
    case requestsPending
    /// The next message doesn't fit into what is left of the request's bytes.
    case messageTooLarge
    /// The request's bytes are used up.
    case batchCompleted
    /// Another client of the group is the pinned one, or we aren't any more.
    case pinMismatch
    /// The request asks for more than the consumer allows; how much that is, if it can be read.
    case limitExceeded(PullLimit?)
    /// Too many requests wait.
    case maximumWaitingExceeded
    /// The consumer has a new leader, which doesn't know the request.
    case leadershipChanged
    /// The server goes.
    case serverShutdown
    case consumerDeleted
    case consumerIsPushBased
    /// The request makes no sense to the server.
    case badRequest
    /// The request needs a later server.
    case apiLevelTooHigh
    /// Nobody answers: the consumer is gone, or has no leader.
    case noResponders
    /// Of a later server.
    case unknown

    package init(code: Int, text: Span<UInt8>) {
        self =
            switch code {
            case 100: Self.hasPrefix("FlowControl", text) ? .flowControl : .idleHeartbeat
            case 400: .badRequest
            case 404: .noMessages
            case 408: Self.timeout(text)
            case 409: Self.conflict(text)
            case 412: .apiLevelTooHigh
            case 423: .pinMismatch
            case 503: .noResponders
            default: .unknown
            }
    }

    private static func timeout(_ text: Span<UInt8>) -> PullStatus {
        if hasPrefix("Interest", text) { return .interestExpired }
        if hasPrefix("Requests", text) { return .requestsPending }
        return .requestExpired
    }

    private static func conflict(_ text: Span<UInt8>) -> PullStatus {
        if hasPrefix("Message Size", text) { return .messageTooLarge }
        if hasPrefix("Batch Completed", text) { return .batchCompleted }
        if hasPrefix("Leadership", text) { return .leadershipChanged }
        if hasPrefix("Server Shutdown", text) { return .serverShutdown }
        if hasPrefix("Consumer Deleted", text) { return .consumerDeleted }
        if hasPrefix("Consumer is push", text) { return .consumerIsPushBased }
        if hasPrefix("Exceeded MaxWaiting", text) { return .maximumWaitingExceeded }
        if hasPrefix("Exceeded", text) { return .limitExceeded(PullLimit(text)) }
        return .unknown
    }

    private static func hasPrefix(_ word: StaticString, _ text: Span<UInt8>) -> Bool {
        guard word.utf8CodeUnitCount <= text.count else { return false }
        return JSONText(text.extracting(0..<word.utf8CodeUnitCount), hasEscapes: false) == word
    }
}
