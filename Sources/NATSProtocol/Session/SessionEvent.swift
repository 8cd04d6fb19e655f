/// What happened, for the public event stream. Events come in the order in which things happened.
package enum SessionEvent: Equatable, Sendable {
    /// The first connection is up.
    case connected(ServerAddress)
    /// A later connection is up and every subscription is confirmed on it.
    case reconnected(ServerAddress)
    /// The connection has moved without an outage. `reconnected` follows.
    case moved(MoveReport)
    /// The connection ended. Comes before the next attempt.
    case disconnected(SessionFailure)
    /// An attempt to connect failed; the session goes on as its policy says.
    case attemptFailed(SessionFailure)
    /// The server is about to shut down. Once per connection.
    case lameDuck(ServerAddress)
    /// The server named servers that were never seen before.
    case discoveredServers([ServerAddress])
    /// The server sent an `-ERR`.
    case serverError(ServerError)
}
