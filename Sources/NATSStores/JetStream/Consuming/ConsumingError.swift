public import NATSClient
internal import NATSProtocol

extension NATSError.Code {
    /// The consumer was deleted, or doesn't exist any more.
    public static let consumerDeleted = Self("consumerDeleted")
    /// The consumer pushes, so nothing can be pulled from it, or the other way round.
    public static let wrongConsumerKind = Self("wrongConsumerKind")
    /// The server refuses the request for messages: it makes no sense, or asks for more than the consumer allows.
    public static let pullRefused = Self("pullRefused")
    /// The next message is larger than all bytes that may be asked for.
    public static let messageTooLarge = Self("messageTooLarge")
    /// Nobody answers for the consumer: it is gone, or has no leader at the moment.
    public static let consumerUnavailable = Self("consumerUnavailable")
    /// The server has said nothing for two heartbeats.
    public static let heartbeatsMissed = Self("heartbeatsMissed")
    /// Something final was said about the message before.
    public static let alreadyAcknowledged = Self("alreadyAcknowledged")
    /// No consumer has given the message, so nobody waits for an acknowledgement.
    public static let notAcknowledgeable = Self("notAcknowledgeable")
}

extension PullEnd {
    /// What the user gets to know; nil for an orderly end.
    func error(_ consumer: JetStream.Consumer, words: String?) -> NATSError? {
        let name = consumer.concerns
        let words = words.map { ": \($0)" } ?? ""
        let code: NATSError.Code
        let message: String
        switch self {
        case .complete, .stopped: return nil
        case .consumerDeleted: (code, message) = (.consumerDeleted, "\(name) was deleted, or doesn't exist")
        case .consumerIsPushBased: (code, message) = (.wrongConsumerKind, "\(name) pushes its messages; it can't be pulled from")
        case .limitExceeded: (code, message) = (.pullRefused, "\(name) allows less than was asked for\(words)")
        case .messageTooLarge:
            (code, message) = (.messageTooLarge, "the next message of \(name) is larger than the bytes that may be asked for")
        case .badRequest: (code, message) = (.pullRefused, "the server doesn't take the request for messages of \(name)\(words)")
        case .apiLevelTooHigh: (code, message) = (.serverTooOld, "the server is too old for the request")
        case .unanswered:
            (code, message) = (.consumerUnavailable, "nobody answers for \(name): it is gone, or has no leader at the moment")
        case .timedOut: (code, message) = (.timedOut, "\(name) didn't answer in time")
        case .heartbeatsMissed: (code, message) = (.heartbeatsMissed, "the server said nothing of \(name) for two heartbeats")
        case .connectionLost: (code, message) = (.connectionLost, "the connection was lost while messages were asked for")
        }
        return NATSError(
            code, message, server: consumer.jetStream.connection.connectedServer, subject: consumer.subject("CONSUMER.MSG.NEXT"))
    }
}
