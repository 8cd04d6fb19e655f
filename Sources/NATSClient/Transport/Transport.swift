import NATSProtocol
import Reactor

/// The way to one server, in one attempt: connects, step by step, and then carries bytes in both directions.
///
/// The steps: TCP; a proxy's tunnel; for `wss` TLS; for `ws` and `wss` the upgrade to a WebSocket. TLS of `nats` and `tls` begins
/// when the owner asks for it, since the server's first word decides. Knows nothing of NATS.
///
/// `@unchecked Sendable`: made, called and freed on the loop's thread only; tasks just hand it back to that thread.
final class Transport: @unchecked Sendable {
    enum Phase {
        /// Can transition to: connecting, closed
        case idle
        /// Can transition to: tunnelling, preparingTLS, preparingUpgrade, open, failed, closed
        case connecting(ConnectID)
        /// The proxy is asked.
        /// Can transition to: preparingTLS, preparingUpgrade, open, failed, closing, closed
        case tunnelling(ProxyHandshake)
        /// Certificates are read, outside the loop's thread.
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
        /// Can transition to: preparingTLS, failed, closing, closed
        case open
        /// The owner knows, and hasn't closed it yet.
        /// Can transition to: closing, closed
        case failed
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
        /// The context is there, and the stream still sends what comes before TLS.
        var context: TLSContext?
    }

    /// The session's number of the attempt.
    let generation: UInt32
    let server: ServerAddress
    let settings: TransportSettings
    let handler: any TransportHandler

    var phase = Phase.idle
    var stream: StreamID?
    /// What the peer of a handshake has said so far.
    var gathered = ByteBuffer(minimumCapacity: 0)
    /// What came behind the proxy's answer, while the owner learns that the transport is open.
    var unread: ReceiveChunk?
    /// Bytes of our own on the way: handshakes, and the frames of a WebSocket.
    var output = WireOutput()
    var webSocket: WebSocketLayer?
    /// Certificates or fields of a request in the making.
    var preparation: Task<Void, Never>?
    /// The peer is told why we go, or has itself said goodbye.
    var endsGently = false

    init(
        generation: UInt32, server: ServerAddress, settings: TransportSettings, handler: any TransportHandler
    ) {
        self.generation = generation
        self.server = server
        self.settings = settings
        self.handler = handler
    }
}

// MARK: - What the owner asks for

extension Transport {
    /// Whether NATS bytes flow.
    var isOpen: Bool { if case .open = phase { true } else { false } }

    /// Begins to connect; `transportDidOpen` or `transportDidFail` follows, unless it throws.
    ///
    /// Who gives up at `deadline` calls `close`: the transport itself looks at it while it connects only.
    func open(deadline: Timestamp, _ on: borrowing OnReactor) throws(TransportFailure) {
        let proxy = try proxy()
        let request = ConnectRequest(
            host: proxy?.host ?? server.host, port: proxy?.port ?? server.port, options: settings.socket,
            deadlineNanoseconds: deadline.nanoseconds)
        phase = .connecting(on.connect(request, handler: self))
    }

    /// Begins TLS on an open transport that is neither encrypted nor a WebSocket; `transportDidSecure` follows.
    ///
    /// - Parameter unconsumedByteCount: bytes that came and that the owner hasn't understood. There must be none: whoever can
    ///   write to the connection may have put them there.
    func startTLS(
        serverName: String, unconsumedByteCount: Int, _ on: borrowing OnReactor
    ) throws(TransportFailure) {
        guard isOpen, webSocket == nil else { throw TransportFailure(.tls, message: "TLS can't begin on this connection") }
        try prepareTLS(
            serverName: serverName, isAskedFor: true, unconsumedByteCount: unconsumedByteCount &+ (unread?.count ?? 0), on)
    }

    /// Sends the front of these NATS bytes; `transportDidSend` says how many went. False when nothing can be sent now. The memory
    /// must live until `transportDidSend` or `transportDidClose`.
    func send(_ vectors: borrowing SendVectors, _ on: borrowing OnReactor) -> Bool {
        guard case .open = phase, let stream else { return false }
        guard webSocket != nil else { return on.send(stream, vectors) }
        guard webSocket?.wrap(vectors, into: &output) == true else { return false }
        flush(on)
        return true
    }

    /// Ends it, by a reset if `hard`. True: nothing is left. False: `transportDidClose` follows.
    func close(hard: Bool, _ on: borrowing OnReactor) -> Bool {
        preparation.take()?.cancel()
        switch phase {
        case .closing: return false
        case .closed: return true
        case .connecting(let connect): on.cancelConnect(connect)
        case .open where !hard:
            webSocket?.appendClose(to: &output)
            flush(on)
        default: break
        }
        guard let stream else {
            phase = .closed
            return true
        }
        phase = .closing
        on.close(stream, hard: hard && !endsGently)
        return false
    }
}

// MARK: - Within the transport

extension Transport {
    /// The attempt or the connection is over: told to the owner, who closes it.
    func fail(_ failure: TransportFailure, _ on: borrowing OnReactor) {
        switch phase {
        case .failed, .closing, .closed: return
        default: break
        }
        phase = .failed
        preparation.take()?.cancel()
        handler.transportDidFail(self, failure, on)
    }

    /// Hands bytes of our own to the kernel, if it isn't busy with some.
    func flush(_ on: borrowing OnReactor) {
        guard let stream, let vectors = output.beginSend() else { return }
        if !on.send(stream, vectors) { output.sendWasRefused() }
    }
}
