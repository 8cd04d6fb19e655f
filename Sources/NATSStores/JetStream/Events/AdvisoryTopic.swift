/// Which advisories are wanted. Each is published in the account that it is about, so that a subscriber needs no other rights than
/// to this subject; the server doesn't even make those that nobody wants.
public struct AdvisoryTopic: Sendable, Hashable {
    /// The subject of the messages, or a pattern.
    public let subject: String

    /// Advisories on another subject, such as one under which an account has imported them.
    public init(subject: String) { self.subject = subject }

    private init(_ kind: String) { subject = "$JS.EVENT.ADVISORY.\(kind)" }

    /// All of them, a report on each call of the API among them.
    public static let all = AdvisoryTopic(">")
    /// What happens to streams, or to one.
    public static func stream(_ name: String = "*") -> AdvisoryTopic { AdvisoryTopic("STREAM.*.\(name)") }
    /// What happens to the consumers of streams, or to one.
    public static func consumer(_ name: String = "*", of stream: String = "*") -> AdvisoryTopic {
        AdvisoryTopic("CONSUMER.*.\(stream).\(name)")
    }
    /// Messages that were delivered as often as they may be (``ConsumerConfiguration/maximumDeliveries``).
    public static func maximumDeliveries(of stream: String = "*", consumer: String = "*") -> AdvisoryTopic {
        AdvisoryTopic("CONSUMER.MAX_DELIVERIES.\(stream).\(consumer)")
    }
    /// Messages that a client has given up.
    public static func terminated(of stream: String = "*", consumer: String = "*") -> AdvisoryTopic {
        AdvisoryTopic("CONSUMER.MSG_TERMINATED.\(stream).\(consumer)")
    }
    /// Messages that a client has sent back.
    public static func negativelyAcknowledged(of stream: String = "*", consumer: String = "*") -> AdvisoryTopic {
        AdvisoryTopic("CONSUMER.MSG_NAKED.\(stream).\(consumer)")
    }
    /// Each call of the API: who asked what, and the answer.
    public static let api = AdvisoryTopic("API")
    /// Calls of the API that were dropped, since there were too many.
    public static let apiLimit = AdvisoryTopic("API.LIMIT_REACHED")
    /// What happens to servers. In the system account.
    public static let server = AdvisoryTopic("SERVER.*")
    /// New leaders of the cluster of servers. In the system account.
    public static let domain = AdvisoryTopic("DOMAIN.*")
}
