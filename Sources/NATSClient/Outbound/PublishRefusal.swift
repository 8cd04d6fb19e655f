import NATSProtocol

/// Why a publish wasn't accepted. One byte on the hot path; becomes a ``NATSError`` only at the cold edge.
enum PublishRefusal: Error {
    case invalidSubject
    case invalidReply
    case invalidHeaders
    case headersNotSupported
    case payloadTooLarge
    case full
    case disconnected
    case draining
    case closed
    case usedAfterFork
    case tooManyWaiters
    /// Only for requests: there can be no reply.
    case inboxRefused
}

/// Whether publishes are accepted.
enum Acceptance {
    case open
    /// No connection, and the policy is to fail fast.
    case disconnected
    case draining
    case closed
}
