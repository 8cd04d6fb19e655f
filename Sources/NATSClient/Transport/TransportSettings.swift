import NATSProtocol
import Reactor

/// What every transport of a connection needs to know from the user.
struct TransportSettings: Sendable {
    let loop: EventLoop
    let socket: SocketOptions
    /// Whether the user refuses servers without TLS.
    let requiresTLS: Bool
    let tls: TLSContextSource
    let proxy: ProxyRule
    let webSocket: ConnectOptions.WebSocket
    /// Reads certificates and asks the application.
    let helpers: HelperQuota
}
