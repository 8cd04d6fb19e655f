/// Why a PING was sent: what its PONG, a proof that the server processed everything before it, confirms.
package enum Fence: Hashable, Sendable {
    /// The session asked whether the server still answers.
    case liveness
    /// The PING that follows CONNECT.
    case handshake
    /// The PING that follows the subscriptions replayed on a new connection.
    case restore
    /// During a move, to the successor: the PING behind the subscriptions that may exist twice.
    case prepare
    /// During a move, to the server that is left: the PING behind the UNSUBs.
    case leave
    /// A fence of the user (`flush`, round-trip time), by the driver's own number.
    case user(UInt64)
    /// A new subscription whose confirmation somebody awaits.
    case subscription(SubscriptionID)
    /// One subscription's UNSUB before its end.
    case drainSubscription(SubscriptionID)
    /// The UNSUBs of a connection drain.
    case drainSubscriptions
    /// The last publishes of a connection drain, or of a close.
    case drainPublishes
}
