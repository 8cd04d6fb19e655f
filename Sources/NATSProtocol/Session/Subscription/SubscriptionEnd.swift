/// How a subscription ended.
package enum SubscriptionEnd: Equatable, Sendable {
    /// The user ended it.
    case unsubscribed
    /// It received as many messages as it was made for.
    case limitReached
    /// It was drained: everything that the server had sent came before this.
    case drained
    /// The server refused it.
    case denied(ServerError)
    /// The session closed, or the connection was lost while this subscription was being drained.
    case connectionClosed
}
