import NATSProtocol
import Reactor

/// What a transport tells its owner, on the loop's thread and never from inside a call that the owner made.
protocol TransportHandler: AnyObject {
    /// Every step of opening is done: NATS bytes flow from now on.
    func transportDidOpen(_ transport: Transport, _ on: borrowing OnReactor)
    /// The next NATS bytes, in order.
    func transportDidReceive(_ transport: Transport, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor)
    /// The send is over, and its memory free again; `byteCount` of its NATS bytes went, maybe fewer than were given.
    func transportDidSend(_ transport: Transport, _ byteCount: Int, _ on: borrowing OnReactor)
    /// The transport couldn't be opened, or can't go on. The owner closes it.
    func transportDidFail(_ transport: Transport, _ failure: TransportFailure, _ on: borrowing OnReactor)
    /// Exactly once for each `close` that returned false, and last: nothing of the transport is left. Also when the loop ended.
    func transportDidClose(_ transport: Transport, _ on: borrowing OnReactor)
}

/// The way to one server, in one attempt: connects, and then carries bytes in both directions. Knows nothing of NATS.
///
/// Made, called and freed on the loop's thread.
final class Transport {
    private enum Phase {
        /// Can transition to: connecting, closed
        case idle
        /// Can transition to: open, failed, closed
        case connecting(ConnectID)
        /// Can transition to: failed, closing, closed
        case open(StreamID)
        /// Told, and not closed yet; there may be no stream.
        /// Can transition to: closing, closed
        case failed(StreamID?)
        /// What the kernel took is still told.
        /// Can transition to: closed
        case closing(StreamID)
        /// Absorbing.
        case closed
    }

    /// The session's number of the attempt.
    let generation: UInt32
    let server: ServerAddress
    private let settings: TransportSettings
    private let handler: any TransportHandler
    private var phase = Phase.idle

    init(
        generation: UInt32, server: ServerAddress, settings: TransportSettings, handler: any TransportHandler
    ) {
        self.generation = generation
        self.server = server
        self.settings = settings
        self.handler = handler
    }
}

/// What every transport of a connection needs to know from the user.
struct TransportSettings: Sendable {
    let socket: SocketOptions
}

// MARK: - What the owner asks for

extension Transport {
    /// Whether NATS bytes flow.
    var isOpen: Bool { if case .open = phase { true } else { false } }

    /// Begins to connect. Who gave up by `deadline` calls `close`: the transport itself looks at it for the connect only.
    func open(deadline: Timestamp, _ on: borrowing OnReactor) {
        let request = ConnectRequest(
            host: server.host, port: server.port, options: settings.socket, deadlineNanoseconds: deadline.nanoseconds)
        phase = .connecting(on.connect(request, handler: self))
    }

    /// Sends the front of these NATS bytes; `transportDidSend` says how many went. False when nothing can be sent now. The memory
    /// must live until `transportDidSend` or `transportDidClose`.
    func send(_ vectors: borrowing SendVectors, _ on: borrowing OnReactor) -> Bool {
        guard case .open(let stream) = phase else { return false }
        return on.send(stream, vectors)
    }

    /// Ends it, by a reset if `hard`. True: nothing is left. False: `transportDidClose` follows.
    func close(hard: Bool, _ on: borrowing OnReactor) -> Bool {
        switch phase {
        case .open(let stream), .failed(let stream?):
            phase = .closing(stream)
            on.close(stream, hard: hard)
            return false
        case .connecting(let connect):
            phase = .closed
            on.cancelConnect(connect)
            return true
        case .idle, .failed(nil):
            phase = .closed
            return true
        case .closing: return false
        case .closed: return true
        }
    }
}

// MARK: - What the loop brings

extension Transport: ConnectHandler {
    func connectDidFinish(_ id: ConnectID, _ result: Outcome<StreamID>, _ on: borrowing OnReactor) {
        guard case .connecting(id) = phase else {
            if case .success(let stream) = result { on.close(stream, hard: true) }
            return
        }
        switch result {
        case .success(let stream):
            phase = .open(stream)
            on.setHandler(stream, self)
            on.startReceiving(stream)
            handler.transportDidOpen(self, on)
        case .failure(let error):
            phase = .failed(nil)
            handler.transportDidFail(self, TransportFailure(error), on)
        }
    }
}

extension Transport: StreamHandler {
    func streamDidReceive(_ id: StreamID, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        guard case .open = phase else { return }
        handler.transportDidReceive(self, chunk, on)
    }

    /// Also of a transport that is closing: its owner must know what the kernel took.
    func streamDidSend(_ id: StreamID, _ byteCount: Int, _ on: borrowing OnReactor) {
        handler.transportDidSend(self, byteCount, on)
    }

    func streamDidEnd(_ id: StreamID, _ end: StreamEnd, _ on: borrowing OnReactor) {
        guard case .open(let stream) = phase else { return }
        phase = .failed(stream)
        handler.transportDidFail(self, TransportFailure(end), on)
    }

    func streamDidClose(_ id: StreamID, _ on: borrowing OnReactor) {
        phase = .closed
        handler.transportDidClose(self, on)
    }
}

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
}
