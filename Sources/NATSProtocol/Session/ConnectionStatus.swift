/// What a connection does at the moment.
public enum ConnectionStatus: Sendable, Hashable, CaseIterable {
    /// The first connection isn't made yet.
    case connecting
    /// The server accepted the connection and confirmed every subscription that was replayed.
    case connected
    /// The connection was lost; the next one is awaited or being made.
    case reconnecting
    /// Draining: subscriptions end after their last message; publishing is still possible.
    case drainingSubscriptions
    /// Draining: the last publishes are being confirmed; nothing new is accepted.
    case drainingPublishes
    /// Closing: the last publishes are being confirmed within the close deadline; nothing new is accepted.
    case closing
    /// Over. Nothing happens on this connection any more.
    case closed
}

extension ConnectionStatus {
    /// Whether a publish may be accepted now (sent, or held for the next connection).
    package var acceptsPublishes: Bool {
        switch self {
        case .connecting, .connected, .reconnecting, .drainingSubscriptions: true
        case .drainingPublishes, .closing, .closed: false
        }
    }

    /// Whether a new subscription may be made now.
    package var acceptsSubscriptions: Bool {
        switch self {
        case .connecting, .connected, .reconnecting: true
        case .drainingSubscriptions, .drainingPublishes, .closing, .closed: false
        }
    }
}
