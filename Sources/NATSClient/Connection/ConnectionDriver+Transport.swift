import NATSProtocol
import Reactor

/// The transport's life: connect, end, close.
extension ConnectionDriver: ConnectHandler {
    func connect(_ pending: PendingConnect, _ on: borrowing OnReactor) {
        guard state.value.streamID == nil, state.value.connectID == nil else {
            state.value.nextConnect = pending
            return
        }
        state.value.generation = pending.generation
        state.value.isDisconnecting = false
        let request = ConnectRequest(
            host: pending.address.host, port: pending.address.port, options: core.options.socket,
            deadlineNanoseconds: pending.deadline.nanoseconds)
        state.value.connectID = on.connect(request, handler: self)
    }

    func connectDidFinish(_ id: ConnectID, _ result: Outcome<StreamID>, _ on: borrowing OnReactor) {
        guard state.value.connectID == id else {
            if case .success(let stream) = result { on.close(stream, hard: true) }
            return
        }
        state.value.connectID = nil
        let generation = state.value.generation
        switch result {
        case .success(let stream):
            state.value.streamID = stream
            state.value.sendQueue.reset()
            state.value.decoder = FrameDecoder(limits: DecoderLimits())
            on.setHandler(stream, self)
            on.startReceiving(stream)
            state.value.session.transportConnected(generation: generation, now: now(on))
        case .failure(let error):
            // Answered by `.disconnect`, which finds nothing left to close.
            state.value.session.transportFailed(generation: generation, TransportFailure(error), now: now(on))
        }
        settle(on)
    }

    /// The session gives the transport of `generation` up.
    func disconnect(generation: UInt32, graceful: Bool, _ on: borrowing OnReactor) {
        if let pending = state.value.nextConnect, pending.generation == generation {
            // It was never begun.
            state.value.nextConnect = nil
            return
        }
        guard generation == state.value.generation, !state.value.isDisconnecting else { return }
        state.value.isDisconnecting = true
        if let stream = state.value.streamID {
            on.close(stream, hard: !graceful)
        } else if let connect = state.value.connectID {
            state.value.connectID = nil
            on.cancelConnect(connect)
            transportDidClose(on)
        } else {
            transportDidClose(on)
        }
    }

    /// Nothing of the transport is left: settle the account, tell the session, connect again if it wants to.
    func transportDidClose(_ on: borrowing OnReactor) {
        state.value.streamID = nil
        state.value.pendingFrame = nil
        state.value.authentication.take()?.cancel()
        settleOutboundAccount()
        state.value.session.transportClosed(generation: state.value.generation, now: now(on))
        if let next = state.value.nextConnect.take() { connect(next, on) }
    }
}

extension ConnectionDriver: StreamHandler {
    func streamDidReceive(_ id: StreamID, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        guard state.value.streamID == id, !state.value.isDisconnecting else { return }
        state.value.session.bytesReceived(generation: state.value.generation, now: now(on))
        receive(chunk, on)
        settle(on)
    }

    func streamDidSend(_ id: StreamID, _ byteCount: Int, _ on: borrowing OnReactor) {
        guard state.value.streamID == id else { return }
        didSend(byteCount, on)
        settle(on)
    }

    func streamDidEnd(_ id: StreamID, _ end: StreamEnd, _ on: borrowing OnReactor) {
        guard state.value.streamID == id else { return }
        state.value.session.transportFailed(
            generation: state.value.generation, TransportFailure(end), now: now(on))
        settle(on)
    }

    func streamDidClose(_ id: StreamID, _ on: borrowing OnReactor) {
        guard state.value.streamID == id else { return }
        // Also when the loop shuts down under a living connection.
        state.value.session.transportFailed(
            generation: state.value.generation, TransportFailure(.io, message: "the stream was closed"), now: now(on))
        // The gate closes before the account is settled, whatever ended the stream.
        performActions(on)
        transportDidClose(on)
        settle(on)
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
