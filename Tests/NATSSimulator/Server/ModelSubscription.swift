/// A subscription as a server keeps it.
final class ModelSubscription {
    let subject: String
    let queueGroup: String?
    let sid: String
    unowned let client: ModelClient
    var delivered = 0
    var maximum: Int?

    init(subject: String, queueGroup: String?, sid: String, client: ModelClient) {
        self.subject = subject
        self.queueGroup = queueGroup
        self.sid = sid
        self.client = client
    }

    var remaining: Int? { maximum.map { $0 - delivered } }
}
