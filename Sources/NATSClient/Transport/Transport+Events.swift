import NATSProtocol
import Reactor

extension Transport: ConnectHandler {
    func connectDidFinish(_ id: ConnectID, _ result: Outcome<StreamID>, _ on: borrowing OnReactor) {
        guard case .connecting(id) = state.value.phase else {
            if case .success(let stream) = result { on.close(stream, hard: true) }
            return
        }
        switch result {
        case .success(let stream):
            state.value.stream = stream
            on.setHandler(stream, self)
            on.startReceiving(stream)
            beginTunnel(on)
        case .failure(let error):
            fail(TransportFailure(error), on)
        }
    }
}

extension Transport: StreamHandler {
    func streamDidReceive(_ id: StreamID, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        if isOpen { return receive(chunk, on) }
        switch state.value.phase {
        case .tunnelling(let handshake): continueTunnel(handshake, chunk, on)
        case .upgrading(let upgrade): continueUpgrade(upgrade, chunk, on)
        case .idle, .loading, .connecting, .preparingTLS, .securing, .preparingUpgrade: break
        case .open, .failed, .parting, .closing, .closed: break
        }
    }

    /// Also of a transport that is closing: its owner must know what the kernel took.
    func streamDidSend(_ id: StreamID, _ byteCount: Int, _ on: borrowing OnReactor) {
        guard state.value.output.isSending else { return handler.transportDidSend(self, byteCount, on) }
        state.value.output.didSend(byteCount)
        guard !isClosing else { return }
        flush(on)
        if case .parting = state.value.phase { return continueParting(on) }
        if let count = state.value.output.takeFinishedData() { return handler.transportDidSend(self, count, on) }
        switch state.value.phase {
        case .securing:
            do throws(TransportFailure) {
                try beginTLS(on)
            } catch {
                fail(error, on)
            }
        // The owner may have found the stream busy.
        case .open where state.value.flow == .bytes: handler.transportDidSend(self, 0, on)
        default: break
        }
    }

    func streamDidEnd(_ id: StreamID, _ end: StreamEnd, _ on: borrowing OnReactor) {
        fail(TransportFailure(end, during: state.value.phase), on)
    }

    func streamDidClose(_ id: StreamID, _ on: borrowing OnReactor) {
        if case .parting(let timer) = state.value.phase { on.destroyTimer(timer) }
        state.value.phase = .closed
        state.value.flow = .nothing
        state.value.preparation.take()?.cancel()
        // What the kernel took of bytes that it didn't finish: the peer may have got them.
        if let count = state.value.output.takeUnfinishedData() { handler.transportDidSend(self, count, on) }
        handler.transportDidClose(self, on)
    }

    private var isClosing: Bool {
        switch state.value.phase {
        case .closing, .closed: true
        default: false
        }
    }
}

extension Transport: TLSHandler {
    func tlsDidEstablish(_ id: StreamID, _ details: TLSDetails, _ on: borrowing OnReactor) {
        guard case .securing(let pending) = state.value.phase else { return }
        didSecure(pending, details, on)
    }

    func tlsDidFail(_ id: StreamID, _ error: TLSError, _ on: borrowing OnReactor) {
        // The alert that says why goes out first.
        state.value.endsGently = true
        fail(tlsFailure(error), on)
    }
}

// MARK: - NATS bytes

extension Transport {
    func receive(_ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        if state.value.flow == .bytes { return handler.transportDidReceive(self, chunk, on) }
        if let compression = state.value.webSocket?.compression { return receive(chunk, compression, on) }
        let content = state.value.webSocket?.unwrap(chunk, answers: &state.value.output) ?? WebSocketChunk()
        if content.hasOutput { flush(on) }
        if content.dataCount > 0 {
            handler.transportDidReceive(
                self, ReceiveChunk(block: chunk.block, start: chunk.start, count: content.dataCount), on)
        }
        if let error = content.error {
            state.value.endsGently = true
            fail(TransportFailure(.webSocket, message: "\(error)", cause: error), on)
        } else if let close = content.close {
            state.value.endsGently = true
            fail(TransportFailure(close), on)
        } else {
            checkAnswers(on)
        }
    }

    func checkAnswers(_ on: borrowing OnReactor) {
        guard state.value.output.waitingCount > WebSocketLayer.waitingAnswersMax else { return }
        fail(TransportFailure(.webSocket, message: "the server asks, and doesn't read our answers"), on)
    }
}
