/// Why a connection moves to another server, or to the same one anew, while it goes on.
public enum MoveCause: Sendable, Hashable {
    /// The server is about to shut down (lame duck mode).
    case lameDuck
    /// The credentials end soon, and the server would cut the connection.
    case credentialsExpire
    /// `reconnect()` was called.
    case requested
}
