import NATSProtocol
import Reactor

/// What every transport of a connection needs to know from the user.
struct TransportSettings: Sendable {
    let loop: EventLoop
    let socket: SocketOptions
    let tls: TLSContextSource
    let proxy: ProxyRule
    let webSocket: ConnectOptions.WebSocket
}
