/// Learns how TLS on a stream goes. What happens to the stream itself its `StreamHandler` learns as before.
package protocol TLSHandler: AnyObject {
    /// The handshake is done: chunks bring plaintext from now on, and `send` takes plaintext. At most once.
    func tlsDidEstablish(_ id: StreamID, _ details: TLSDetails, _ on: borrowing OnReactor)
    /// TLS can't go on; at most once, and in place of `streamDidEnd`. The owner then closes the stream, gently if the peer is to
    /// learn why.
    func tlsDidFail(_ id: StreamID, _ error: TLSError, _ on: borrowing OnReactor)
}

/// Stands between a stream and its handler: what the kernel brings is decrypted into blocks of the pool, what the handler sends
/// is encrypted into others. Streams without TLS don't know of it.
///
/// Sendable although unchecked: made, called and freed on the loop's thread only.
final class TLSStream: StreamHandler, TurnHandler, @unchecked Sendable {
    let id: StreamID
    /// Who gets the plaintext.
    var handler: any StreamHandler
    private let tlsHandler: any TLSHandler
    private let pool: BlockPool
    private var engine: TLSEngine
    /// Ciphertext that isn't decrypted yet, because the handler has paused.
    private var waiting = Queue<ReceiveChunk>()
    /// A block of which the handler keeps the front; decryption goes on behind it.
    private var partialBlock: BlockCursor?
    /// The handler's send in flight: its plaintext that was encrypted, and what of it the kernel has taken.
    private var sending: (plaintextCount: Int, sentCount: Int)?
    /// Found while the handler was calling us; told in a turn of its own.
    private var hasUntoldFailure = false
    /// The transport has ended, and there may be plaintext that the handler hasn't got.
    private var hasUntoldEnd = false
    /// The handler knows that nothing more comes.
    private var isOver = false

    init(
        _ id: StreamID, _ context: TLSContext, role: TLSEngine.Role, handler: any StreamHandler, tlsHandler: any TLSHandler,
        pool: BlockPool
    ) throws(TLSError) {
        self.id = id
        self.handler = handler
        self.tlsHandler = tlsHandler
        self.pool = pool
        engine = try TLSEngine(context, role: role, pool: pool)
    }

    var details: TLSDetails? { engine.details }
}

// MARK: - What the handler asks for

extension TLSStream {
    /// A client begins; a server waits for it.
    func begin(_ stream: StreamRecord, _ core: LoopCore) {
        engine.begin()
        tellFailureLater(core)
        flush(stream, core)
    }

    /// Encrypts the front of the pieces and hands it to the kernel. False when the handler's last send is still in flight.
    func send(_ plaintext: borrowing SendVectors, _ stream: StreamRecord, _ core: LoopCore) -> Bool {
        guard engine.isEstablished, sending == nil else { return false }
        let scratch = core.pool.take()
        let count = engine.encrypt(plaintext, scratch: scratch)
        core.pool.giveBack(BlockCursor(scratch))
        tellFailureLater(core)
        guard count > 0 else { return false }
        sending = (count, 0)
        flush(stream, core)
        return true
    }

    private func tellFailureLater(_ core: LoopCore) {
        guard engine.failure != nil, !isOver else { return }
        hasUntoldFailure = true
        core.schedule(self)
    }

    /// The handler wants chunks again: what waits is decrypted, but not inside its call.
    func didResume(_ core: LoopCore) { core.schedule(self) }

    /// Says goodbye, as far as that needs no waiting.
    func willClose(_ stream: StreamRecord, _ core: LoopCore) {
        engine.close()
        flush(stream, core)
    }

    /// Hands waiting ciphertext to the kernel, if it isn't busy.
    private func flush(_ stream: StreamRecord, _ core: LoopCore) {
        guard !stream.isSending, engine.waitingByteCount > 0 else { return }
        core.submitSend(stream, engine.waitingVectors())
    }
}

// MARK: - What the stream brings

extension TLSStream {
    func streamDidReceive(_ id: StreamID, _ chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor) {
        guard let stream = on.core.stream(id) else { return }
        waiting.append(copy chunk)
        decrypt(stream, on)
    }

    func streamDidSend(_ id: StreamID, _ byteCount: Int, _ on: borrowing OnReactor) {
        let sent = engine.didSend(byteCount)
        if var current = sending {
            current.sentCount += sent
            sending = current
        }
        guard let stream = on.core.stream(id) else { return }
        if !stream.isClosing { flush(stream, on.core) }
        guard let current = sending, current.sentCount >= current.plaintextCount, engine.failure == nil else { return }
        sending = nil
        handler.streamDidSend(id, current.sentCount, on)
    }

    func streamDidEnd(_ id: StreamID, _ end: StreamEnd, _ on: borrowing OnReactor) {
        if isOver { return }
        guard end == .endOfStream, let stream = on.core.stream(id) else {
            isOver = true
            return handler.streamDidEnd(id, end, on)
        }
        // What came before it is told first, even if that takes another turn.
        hasUntoldEnd = true
        decrypt(stream, on)
    }

    private func tellEnd(_ on: borrowing OnReactor) {
        isOver = true
        guard let error = engine.transportDidEnd() else { return handler.streamDidEnd(id, .endOfStream, on) }
        tlsHandler.tlsDidFail(id, error, on)
    }

    func streamDidClose(_ id: StreamID, _ on: borrowing OnReactor) {
        if let partial = partialBlock.take() { pool.giveBack(partial) }
        // What the kernel took of a send that it didn't finish: the peer may have got it.
        if let current = sending.take(), current.sentCount > 0 { handler.streamDidSend(id, current.sentCount, on) }
        handler.streamDidClose(id, on)
    }

    func runTurn(_ on: borrowing OnReactor) {
        guard let stream = on.core.stream(id), !stream.isClosing else { return }
        if hasUntoldFailure, let error = engine.failure { return fail(error, stream, on) }
        decrypt(stream, on)
    }
}

// MARK: - Decrypting

extension TLSStream {
    /// Decrypts and delivers, until nothing is left or the handler wants no more.
    private func decrypt(_ stream: StreamRecord, _ on: borrowing OnReactor) {
        while !isOver, stream.isReceiving, !stream.isClosing {
            let stop = decryptNext(on)
            // Answers of the handshake, or an alert.
            flush(stream, on.core)
            if stream.isClosing { return }
            switch stop {
            case .needsInput:
                if !waiting.isEmpty { break }
                if hasUntoldEnd { tellEnd(on) }
                return
            case .outputIsFull:
                break
            case .established:
                if let details = engine.details { tlsHandler.tlsDidEstablish(id, details, on) }
            case .closed:
                markAsOver(stream, on.core)
                handler.streamDidEnd(id, .endOfStream, on)
            case .failed(let error):
                fail(error, stream, on)
            }
        }
    }

    /// Decrypts what fits into one block, and delivers it. A function of its own, so that no reference to a chunk is left when
    /// its block is looked at.
    private func decryptNext(_ on: borrowing OnReactor) -> TLSEngine.Stop {
        var target = partialBlock.take() ?? BlockCursor(pool.take())
        let result: TLSEngine.Received
        if let chunk = waiting.popFirst() {
            result = engine.receive(chunk.span, into: target.block, at: target.offset)
            let rest = chunk.count - result.consumed
            if rest > 0 {
                waiting.prepend(ReceiveChunk(block: chunk.block, start: chunk.start + result.consumed, count: rest))
            }
        } else {
            result = engine.receive(Span(), into: target.block, at: target.offset)
        }
        if result.produced > 0 {
            deliver(ReceiveChunk(block: target.block, start: target.offset, count: result.produced), on)
        }
        // Kept by the handler, and with room left: the rest is for this stream. Else the pool looks after it.
        if !target.isUnused(), target.advance(by: result.produced) {
            partialBlock = target
        } else {
            pool.giveBack(consume target)
        }
        return result.stop
    }

    @inline(never)
    private func deliver(_ chunk: consuming ReceiveChunk, _ on: borrowing OnReactor) {
        handler.streamDidReceive(id, chunk, on)
    }

    private func fail(_ error: TLSError, _ stream: StreamRecord, _ on: borrowing OnReactor) {
        guard !isOver else { return }
        markAsOver(stream, on.core)
        stream.hasFailed = true
        tlsHandler.tlsDidFail(id, error, on)
    }

    /// The stream's own end doesn't matter any more.
    private func markAsOver(_ stream: StreamRecord, _ core: LoopCore) {
        isOver = true
        stream.hasEnded = true
        core.backend.pauseReceiving(id)
    }
}
