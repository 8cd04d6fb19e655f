import NATSProtocol
import Reactor

/// What a transport knows of itself.
struct TransportState: ~Copyable {
    var phase = Phase.idle
    /// The phase in a byte, for the ones who look at it with every send and every chunk.
    var flow = Flow.nothing
    var stream: StreamID?
    /// What the peer of a handshake has said so far.
    var gathered: [UInt8] = []
    /// What came behind the proxy's answer, while the owner learns that the transport is open.
    var unread: ReceiveChunk?
    /// Bytes of our own on the way: handshakes, and the frames of a WebSocket.
    var output = WireOutput()
    var webSocket: WebSocketLayer?
    /// Certificates or headers in the making.
    var preparation: Task<Void, Never>?
    /// Certificates that were read before the connect.
    var context: TLSContext?
    /// The peer is told why we go, or has itself said goodbye.
    var endsGently = false

    /// How NATS bytes flow.
    enum Flow {
        case nothing
        /// As they are, or encrypted.
        case bytes
        /// In the frames of a WebSocket.
        case frames
    }

    enum Phase {
        /// Can transition to: loading, connecting, closed
        case idle
        /// Certificates are read, outside the loop's thread, since TLS is the first that the server hears.
        /// Can transition to: connecting, failed, closed
        case loading(ConnectRequest)
        /// Can transition to: tunnelling, preparingTLS, preparingUpgrade, open, failed, closed
        case connecting(ConnectID)
        /// The proxy is asked.
        /// Can transition to: preparingTLS, preparingUpgrade, open, failed, closing, closed
        case tunnelling(ProxyHandshake)
        /// Certificates are read, outside the loop's thread, since the server has asked for TLS.
        /// Can transition to: securing, failed, closing, closed
        case preparingTLS(PendingTLS)
        /// The TLS handshake goes on.
        /// Can transition to: preparingUpgrade, open, failed, closing, closed
        case securing(PendingTLS)
        /// The user is asked for the fields of the request.
        /// Can transition to: upgrading, failed, closing, closed
        case preparingUpgrade
        /// Can transition to: open, failed, closing, closed
        case upgrading(WebSocketUpgrade)
        /// Can transition to: preparingTLS, failed, parting, closing, closed
        case open
        /// The owner knows, and hasn't closed it yet.
        /// Can transition to: parting, closing, closed
        case failed
        /// Closed, but for the words of farewell, which stand behind what the kernel is sending; until the timer fires.
        /// Can transition to: closing, closed
        case parting(TimerID)
        /// What the kernel has taken is still told.
        /// Can transition to: closed
        case closing
        /// Absorbing.
        case closed
    }

    /// TLS that is being made.
    struct PendingTLS {
        let peer: TLSPeer
        /// The owner asked for it; else it belongs to `wss`, and the upgrade follows.
        let isAskedFor: Bool
    }
}
