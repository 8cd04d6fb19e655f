/// What the session knows of a subscription, besides the counters of the hot path.
struct SubscriptionRecord: Equatable {
    /// How sure we are that the server has the subscription.
    enum Confirmation: Equatable {
        /// It is on the wire; nobody waits for it.
        case unasked
        /// Its own fence is on the wire or will be.
        case awaitingFence
        /// The fence behind the replayed subscriptions confirms it; somebody waits for it if it was asked.
        case awaitingRestore(asked: Bool)
        case confirmed
    }

    let id: SubscriptionID
    let subject: String
    let queueGroup: String?
    /// In which order the subscriptions were made.
    let sequence: UInt64
    /// The replies to requests; kept longest in a drain.
    let isRequestInbox: Bool
    var confirmation: Confirmation
    /// Where the subscription is.
    var homes: SubscriptionHomes
    /// The limit was set while two servers had the subscription. What the other one had under way counts here, but not at
    /// the server that was told the limit: it may expect more messages than we take.
    var sharesLimit = false
    /// UNSUB is sent; the subscription ends with the next fence.
    var isDraining = false
    /// Nobody waits for the server's answer.
    var isConfirmed: Bool {
        switch confirmation {
        case .unasked, .confirmed, .awaitingRestore(asked: false): true
        case .awaitingFence, .awaitingRestore(asked: true): false
        }
    }
    /// What had been received when the present connection began: the server's own count starts there.
    var receivedBeforeConnection: UInt64 = 0
    /// What came from the link to which the session is moving: its server's own count.
    var receivedOnSuccessor: UInt64 = 0
}
