internal import Glibc

/// One stream as the loop sees it.
final class StreamRecord {
    let id: StreamID
    var handler: (any StreamHandler)?
    /// The attempt that this socket belongs to, until it is connected.
    var attempt: ConnectID?
    var isSending = false
    var sendSize = 0
    var hasEnded = false
    var hasFailed = false
    var isReceiving = false
    /// A send failed while chunks may still come: told when they have come.
    var sendFailure: StreamEnd?
    var isClosing = false
    /// Stands in the handler's place since TLS began; nil on a stream in the clear.
    var tls: TLSStream?

    init(id: StreamID) { self.id = id }
}

extension LoopCore {
    func stream(_ id: StreamID) -> StreamRecord? { state.value.streams[id.id] }

    /// Makes a stream of a non-blocking socket, which belongs to the backend then.
    func open(_ descriptor: Int32) throws(SystemError) -> StreamRecord {
        let id = StreamID(state.value.streams.insert { StreamRecord(id: StreamID($0)) })
        do throws(SystemError) {
            try backend.open(id, descriptor: descriptor)
        } catch {
            state.value.streams.remove(id.id)
            throw error
        }
        counters.openStreams.add()
        // Just inserted.
        return stream(id) ?? StreamRecord(id: id)
    }

    /// A stream to this address in the simulated world, if the loop lives in one.
    func openSimulated(_ address: SocketAddress) -> StreamRecord? {
        guard let backend = backend as? SimulatedBackend else { return nil }
        let id = StreamID(state.value.streams.insert { StreamRecord(id: StreamID($0)) })
        backend.open(id, to: address)
        counters.openStreams.add()
        return stream(id)
    }

    func adopt(_ descriptor: Int32, _ handler: any StreamHandler) throws(ReactorError) -> StreamID {
        if isStopping { throw stopError }
        do throws(SystemError) {
            try Socket.makeNonBlocking(descriptor)
            let stream = try open(descriptor)
            stream.handler = handler
            return stream.id
        } catch {
            let code: ReactorError.Code = ErrnoPolicy.meansExhaustion(error.errno) ? .exhausted : .invalidArgument
            throw ReactorError(code, "the descriptor \(descriptor) can't become a stream", underlying: error)
        }
    }

    func setHandler(_ id: StreamID, _ handler: any StreamHandler) {
        guard let stream = stream(id) else { return }
        if let tls = stream.tls { tls.handler = handler } else { stream.handler = handler }
    }

    func startReceiving(_ id: StreamID) {
        guard let stream = stream(id), !stream.isClosing else { return }
        stream.isReceiving = true
        stream.tls?.didResume(self)
        if !stream.hasEnded { backend.startReceiving(id) }
    }

    func pauseReceiving(_ id: StreamID) {
        guard let stream = stream(id), !stream.isClosing else { return }
        stream.isReceiving = false
        backend.pauseReceiving(id)
    }

    func send(_ id: StreamID, _ vectors: borrowing SendVectors) -> Bool {
        guard let stream = stream(id), !stream.isClosing, !stream.hasFailed else { return false }
        if let tls = stream.tls { return tls.send(vectors, stream, self) }
        guard !stream.isSending else { return false }
        submitSend(stream, vectors)
        return true
    }

    /// Hands bytes to the backend; the stream has no send in flight.
    func submitSend(_ stream: StreamRecord, _ vectors: borrowing SendVectors) {
        stream.isSending = true
        stream.sendSize = vectors.byteCount
        backend.send(stream.id, vectors)
    }

    func close(_ id: StreamID, hard: Bool) {
        guard let stream = stream(id), !stream.isClosing else { return }
        stream.isClosing = true
        if !hard {
            stream.tls?.willClose(stream, self)
            // What was handed over in this turn goes out before the descriptor is gone.
            if stream.isSending { backend.submit() }
        }
        backend.close(id, hard: hard)
    }
}

// MARK: - Completions become callbacks

extension LoopCore {
    /// Takes the next completion and calls whom it concerns. A function of its own, so that no reference to a chunk is left when
    /// the backend recycles it. False when there is none.
    func dispatchNextCompletion(_ on: borrowing OnReactor) -> Bool {
        guard let completion = backend.nextCompletion() else { return false }
        guard let stream = stream(completion.id) else { return true }
        switch completion.event {
        case .closed:
            state.value.streams.remove(stream.id.id)
            counters.openStreams.add(-1)
            stream.handler?.streamDidClose(stream.id, on)
            // What its blocks kept alive isn't kept any longer.
            pool.reclaim()
        case .sent(let count):
            // Also of a stream that is closing: its handler must know what the kernel took.
            stream.isSending = false
            noteSent(count, stream)
            stream.handler?.streamDidSend(stream.id, count, on)
        case _ where stream.isClosing:
            break
        case .connected(let errno):
            connector.attemptDidFinish(stream, errno: errno)
        case .received(let chunk):
            counters.receives.add()
            counters.bytesReceived.add(chunk.count)
            stream.handler?.streamDidReceive(stream.id, chunk, on)
        case .receiveEnded:
            end(stream, stream.sendFailure ?? .endOfStream, on)
        case .receiveFailed(let errno):
            end(stream, stream.sendFailure ?? .failed(SystemError(operation: "recv", errno: errno), during: .receive), on)
        case .sendFailed(let errno):
            stream.isSending = false
            sendDidFail(stream, errno, on)
        }
        return true
    }

    /// A peer that is gone may have said why before it went: what it sent is received first, up to its end, which is near.
    private func sendDidFail(_ stream: StreamRecord, _ errno: Int32, _ on: borrowing OnReactor) {
        let failure = StreamEnd.failed(SystemError(operation: "sendmsg", errno: errno), during: .send)
        guard stream.isReceiving, !stream.hasEnded, errno == EPIPE || errno == ECONNRESET else {
            return end(stream, failure, on)
        }
        stream.hasFailed = true
        stream.sendFailure = failure
    }

    private func noteSent(_ count: Int, _ stream: StreamRecord) {
        counters.sends.add()
        counters.bytesSent.add(count)
        if count < stream.sendSize { counters.shortSends.add() }
    }

    func end(_ stream: StreamRecord, _ end: StreamEnd, _ on: borrowing OnReactor) {
        if end != .endOfStream { stream.hasFailed = true }
        if stream.hasEnded { return }
        stream.hasEnded = true
        // A stream that failed brings no more chunks.
        if end != .endOfStream { backend.pauseReceiving(stream.id) }
        stream.handler?.streamDidEnd(stream.id, end, on)
    }
}
