/// Why the session didn't take a command.
package enum SessionRefusal: Error, Hashable, Sendable {
    /// The session is closing or closed.
    case closed
    /// The session is draining.
    case draining
    /// Every subscription id is in use (2^20 − 1).
    case tooManySubscriptions
}
