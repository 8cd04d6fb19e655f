import NATSProtocol
import Reactor

/// The way to one server, in one attempt: connects, step by step, and then carries bytes in both directions.
///
/// The steps: TCP; a proxy's tunnel; for `wss` TLS; for `ws` and `wss` the upgrade to a WebSocket. TLS of `nats` and `tls` begins
/// when the owner asks for it, since the server's first word decides. Knows nothing of NATS.
///
/// `@unchecked Sendable`: its state is made and touched on the loop's thread only. Tasks on helper threads hold a reference, which
/// they hand back to that thread; if they are the last to let go, what remains is plain memory that nobody else sees.
final class Transport: @unchecked Sendable {
    /// The session's number of the attempt.
    let generation: UInt32
    let server: ServerAddress
    let settings: TransportSettings
    let handler: any TransportHandler

    let state = Pinned(TransportState())

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
    var isOpen: Bool { state.value.flow != .nothing }

    /// Begins to connect; `transportDidOpen` or `transportDidFail` follows, unless it throws.
    ///
    /// Who gives up at `deadline` calls `close`: the transport itself looks at it while it connects only.
    func open(deadline: Timestamp, _ on: borrowing OnReactor) throws(TransportFailure) {
        if settings.requiresTLS, server.scheme == .ws { throw .webSocketWithoutTLS }
        let proxy = try proxy()
        let request = ConnectRequest(
            host: proxy?.host ?? server.host, port: proxy?.port ?? server.port, options: settings.socket,
            deadlineNanoseconds: deadline.nanoseconds)
        guard beginsWithTLS else { return connect(request, on) }
        // The server waits for our first word, maybe only for a moment: the certificates are there when we say it.
        state.value.phase = .loading(request)
        loadContext()
    }

    /// Begins TLS on an open transport that is neither encrypted nor a WebSocket; `transportDidSecure` follows.
    ///
    /// - Parameter unconsumedByteCount: bytes that came and that the owner hasn't understood. There must be none: whoever can
    ///   write to the connection may have put them there.
    func startTLS(
        serverName: String, unconsumedByteCount: Int, _ on: borrowing OnReactor
    ) throws(TransportFailure) {
        guard state.value.flow == .bytes else { throw TransportFailure(.tls, message: "TLS can't begin on this connection") }
        try prepareTLS(
            serverName: serverName, isAskedFor: true,
            unconsumedByteCount: unconsumedByteCount &+ (state.value.unread?.count ?? 0), on)
    }

    /// Sends the front of these NATS bytes; `transportDidSend` says how many went. False when nothing can be sent now. The memory
    /// must live until `transportDidSend` or `transportDidClose`.
    func send(_ vectors: borrowing SendVectors, _ on: borrowing OnReactor) -> Bool {
        guard isOpen, let stream = state.value.stream else { return false }
        if state.value.flow == .bytes { return on.send(stream, vectors) }
        guard state.value.webSocket?.wrap(vectors, into: &state.value.output) == true else { return false }
        flush(on)
        return true
    }

    /// Ends it, by a reset if `hard`. True: nothing is left. False: `transportDidClose` follows, a farewell of at most
    /// `ClientDefaults.farewellTimeout` later.
    func close(hard: Bool, _ on: borrowing OnReactor) -> Bool {
        state.value.preparation.take()?.cancel()
        let isOpen = isOpen
        state.value.flow = .nothing
        switch state.value.phase {
        case .parting:
            if hard { endParting(hard: true, on) }
            return false
        case .closing: return false
        case .closed: return true
        case .connecting(let connect): on.cancelConnect(connect)
        case .open where isOpen && !hard:
            state.value.webSocket?.appendClose(to: &state.value.output)
            flush(on)
        default: break
        }
        guard let stream = state.value.stream else {
            state.value.phase = .closed
            return true
        }
        let isHard = hard && !state.value.endsGently
        if !isHard, state.value.output.isHeldUp {
            beginParting(on)
        } else {
            state.value.phase = .closing
            on.close(stream, hard: isHard)
        }
        return false
    }
}

// MARK: - Within the transport

extension Transport {
    /// The attempt or the connection is over: told to the owner, who closes it.
    func fail(_ failure: TransportFailure, _ on: borrowing OnReactor) {
        switch state.value.phase {
        case .parting: return endParting(hard: false, on)
        case .failed, .closing, .closed: return
        default: break
        }
        state.value.phase = .failed
        state.value.flow = .nothing
        state.value.preparation.take()?.cancel()
        handler.transportDidFail(self, failure, on)
    }

    /// Hands bytes of our own to the kernel, if it isn't busy with some.
    func flush(_ on: borrowing OnReactor) {
        guard let stream = state.value.stream, let vectors = state.value.output.beginSend() else { return }
        if !on.send(stream, vectors) { state.value.output.sendWasRefused() }
    }
}
