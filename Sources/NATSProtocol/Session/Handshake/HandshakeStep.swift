/// What an attempt to connect waits for.
package enum HandshakeStep: Hashable, Sendable, CustomStringConvertible {
    case transport
    /// Within the transport.
    case proxy
    /// Within the transport.
    case webSocket
    case tls
    case info
    case credentials
    case pong
    /// After the handshake: the PONG behind the replayed subscriptions.
    case subscriptions
    /// During a move: the PONG of the server that is left.
    case handover

    package var description: String {
        switch self {
        case .transport: "the connection"
        case .proxy: "the proxy"
        case .webSocket: "the WebSocket upgrade"
        case .tls: "the TLS handshake"
        case .info: "INFO"
        case .credentials: "our own credentials"
        case .pong: "the PONG after CONNECT"
        case .subscriptions: "the PONG after the subscriptions"
        case .handover: "the PONG after the last publishes before a move"
        }
    }
}
