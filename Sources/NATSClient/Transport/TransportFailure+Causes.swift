import NATSProtocol
import Reactor

extension TransportFailure {
    init(_ error: ReactorError) {
        let kind: Kind =
            switch error.code {
            case .resolutionFailed: .resolution
            case .timedOut: .timedOut
            case .connectFailed, .cancelled: .connect
            default: .io
            }
        self.init(kind, message: error.description)
    }

    init(_ end: StreamEnd) {
        switch end {
        case .endOfStream: self.init(Kind.endOfStream, message: "")
        case .failed(let error, _): self.init(.io, message: "\(error)")
        }
    }

    /// The end of a stream in the middle of a step belongs to that step.
    init(_ end: StreamEnd, during phase: TransportState.Phase) {
        self.init(end)
        let reason = end == .endOfStream ? "the other side closed the connection" : message
        switch phase {
        case .tunnelling: self.init(.proxy, message: reason)
        case .preparingUpgrade, .upgrading: self.init(.webSocket, message: reason)
        case .preparingTLS, .securing: self.init(.tls, message: reason)
        case .idle, .loading, .connecting, .open, .failed, .parting, .closing, .closed: break
        }
    }

    /// The server's own reason.
    init(_ close: WebSocketClose) {
        self.init(.webSocket, message: "the server closed the WebSocket: \(close)")
    }
}

extension Transport {
    /// What TLS couldn't do, with advice when the two sides don't agree on who speaks first.
    func tlsFailure(_ error: TLSError) -> TransportFailure {
        let advice =
            switch server.scheme {
            case _ where error.receivedInstead.starts(with: "INFO ".utf8):
                server.scheme.isWebSocket
                    ? "; this is a NATS server's port for nats:// and tls://, not its WebSocket port"
                    : "; the server speaks first: switch tls.handshakeFirst off"
            case .wss where error.receivedInstead.starts(with: "HTTP/".utf8):
                "; the server's WebSocket port has no TLS: use ws://"
            default: ""
            }
        return TransportFailure(.tls, message: "\(error)\(advice)", cause: error)
    }
}
