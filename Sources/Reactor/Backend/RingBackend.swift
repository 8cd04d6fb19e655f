#if IOUring && canImport(CLiburing)
internal import Glibc

/// The completion contract on io_uring: multishot receive into provided buffers, one `sendmsg` in flight per stream, and one
/// system call per turn that submits, waits and reaps.
///
/// Operations are queued and become submission entries just before the kernel is entered, so a full submission queue is
/// handled in one place (U23).
final class RingBackend: CompletionBackend {
    let kind = BackendReport.Kind.ioUring

    enum Request {
        case start(RingToken)
        case cancel(RingToken)
    }

    /// A reaped event; data stays in its buffer until the loop asks for it.
    enum Reaped {
        case event(StreamID, Completion.Event)
        case data(StreamID, bufferIndex: Int, count: Int)
    }

    /// What the loop got last, to be reused when it is done with it.
    enum Delivered {
        case nothing
        case buffer(index: Int, count: Int)
        case partialBlock(RingSocket, count: Int)
    }

    private let ring: RingMemory
    private let pool: BlockPool
    private let counters: LoopCounters
    private let wakeDescriptor: Int32
    private let state: Pinned<RingState>

    /// Makes and probes the ring on the calling thread, which must be the loop's.
    init(
        wakeDescriptor: Int32, pool: BlockPool, counters: LoopCounters, bufferCount: Int
    ) throws(SystemError) {
        ring = try RingMemory(bufferCount: bufferCount)
        self.pool = pool
        self.counters = counters
        self.wakeDescriptor = wakeDescriptor
        let buffers = (0..<bufferCount).map { _ in BlockCursor(pool.take()) }
        for index in buffers.indices { ring.provide(buffers[index], as: index) }
        let used = try RingProbe.run(on: ring)
        ring.provide(buffers[used], as: used)
        state = Pinned(RingState(buffers: buffers))
        state.value.requests.append(.start(RingToken(.wake, StreamID(SlotID(slot: 0, generation: 0)))))
    }

    // MARK: Operations

    func open(_ id: StreamID, descriptor: Int32) throws(SystemError) {
        state.value.sockets[id] = RingSocket(id: id, descriptor: descriptor)
    }

    func awaitConnection(_ id: StreamID) {
        guard let socket = state.value.sockets[id] else { return }
        socket.isConnecting = true
        state.value.requests.append(.start(RingToken(.connect, id)))
    }

    func startReceiving(_ id: StreamID) {
        guard let socket = state.value.sockets[id], !socket.isClosing else { return }
        socket.isReceiving = true
        if !socket.held.isEmpty { state.value.resumed.append(id) }
        armReceive(socket)
    }

    func pauseReceiving(_ id: StreamID) {
        guard let socket = state.value.sockets[id] else { return }
        socket.isReceiving = false
        cancelReceive(socket)
    }

    func send(_ id: StreamID, _ vectors: borrowing SendVectors) {
        guard let socket = state.value.sockets[id], !socket.isClosing else { return }
        socket.sendMemory.set(vectors)
        socket.isSending = true
        state.value.requests.append(.start(RingToken(.send, id)))
    }

    func close(_ id: StreamID, hard: Bool) {
        guard let socket = state.value.sockets[id], !socket.isClosing else { return }
        socket.isClosing = true
        socket.isReceiving = false
        socket.held.removeAll()
        if let partial = socket.partialBlock.take() { pool.giveBack(partial) }
        if hard { Socket.resetOnClose(socket.descriptor) }
        if socket.isConnecting { state.value.requests.append(.cancel(RingToken(.connect, id))) }
        if socket.isSending { state.value.requests.append(.cancel(RingToken(.send, id))) }
        cancelReceive(socket)
        closeIfQuiet(socket)
    }

    private func armReceive(_ socket: RingSocket) {
        guard socket.isReceiving, !socket.isReceiveArmed, !socket.hasEnded, !socket.isClosing else { return }
        socket.isReceiveArmed = true
        state.value.requests.append(.start(RingToken(.receive, socket.id)))
    }

    private func cancelReceive(_ socket: RingSocket) {
        guard socket.isReceiveArmed, !socket.isCancellingReceive else { return }
        socket.isCancellingReceive = true
        state.value.requests.append(.cancel(RingToken(.receive, socket.id)))
    }

    /// Closes the descriptor after the terminal completion of every operation (U20).
    private func closeIfQuiet(_ socket: RingSocket) {
        guard socket.isClosing, !socket.hasOperationInKernel else { return }
        Socket.close(socket.descriptor)
        counters.systemCalls.add()
        state.value.sockets[socket.id] = nil
        state.value.reaped.append(.event(socket.id, .closed))
    }

    // MARK: Turn

    /// Nothing: the next `wait` submits in the same system call.
    func submit() {}

    var descriptor: Int32 { ring.descriptor }

    func wait(timeoutNanoseconds: UInt64?) throws(SystemError) -> Bool {
        var isWoken = try prepareRequests()
        let mustNotSleep = hasCompletions || !state.value.requests.isEmpty
        if try enter(timeoutNanoseconds: mustNotSleep ? 0 : timeoutNanoseconds) { isWoken = true }
        return isWoken
    }

    /// Enters the kernel and reaps; true when another thread woke us.
    private func enter(timeoutNanoseconds: UInt64?) throws(SystemError) -> Bool {
        counters.systemCalls.add()
        let result = ring.enter(timeoutNanoseconds: timeoutNanoseconds)
        // EBUSY and EAGAIN: the kernel wants completions to be reaped first; what wasn't submitted stays in the ring.
        guard result >= 0 || [-ETIME, -EINTR, -EBUSY, -EAGAIN].contains(result) else {
            abandonRing()
            throw SystemError(operation: "io_uring_enter", errno: -result)
        }
        var isWoken = false
        while let event = ring.reap() { if note(event) { isWoken = true } }
        return isWoken
    }

    /// Turns requests into submission entries, as many as there is room for.
    private func prepareRequests() throws(SystemError) -> Bool {
        var isWoken = false
        var hasFlushed = false
        while let request = state.value.requests.first {
            if prepare(request) {
                _ = state.value.requests.popFirst()
                hasFlushed = false
            } else if hasFlushed {
                break
            } else {
                hasFlushed = true
                if try enter(timeoutNanoseconds: 0) { isWoken = true }
            }
        }
        return isWoken
    }

    /// Ends what is under way in the kernel without its completions, so that every stream can be closed.
    private func abandonRing() {
        ring.abandon()
        for socket in state.value.sockets.records {
            (socket.isConnecting, socket.isReceiveArmed, socket.isSending) = (false, false, false)
            closeIfQuiet(socket)
        }
    }

    /// False when the submission queue is full.
    private func prepare(_ request: Request) -> Bool {
        switch request {
        case .cancel(let token):
            return ring.prepareCancel(token.kind, token.id)
        case .start(let token) where token.kind == .wake:
            return ring.prepareWake(wakeDescriptor)
        case .start(let token):
            guard let socket = state.value.sockets[token.id] else { return true }
            switch token.kind {
            case .connect: return ring.prepareAwaitConnection(socket.descriptor, token.id)
            case .receive: return ring.prepareReceive(socket.descriptor, token.id)
            case .send: return ring.prepareSend(socket.descriptor, token.id, socket.sendMemory)
            case .wake, .cancel: return true
            }
        }
    }

    var hasCompletions: Bool { !state.value.reaped.isEmpty || !state.value.resumed.isEmpty }

    func nextCompletion() -> Completion? {
        while let id = state.value.resumed.first {
            if let socket = state.value.sockets[id], socket.isReceiving, !socket.held.isEmpty {
                return Completion(id: id, event: socket.held.removeFirst())
            }
            _ = state.value.resumed.popFirst()
        }
        while let next = state.value.reaped.popFirst() {
            switch next {
            case .event(let id, let event):
                if let completion = deliver(event, to: id) { return completion }
            case .data(let id, let index, let count):
                if let completion = deliver(bufferIndex: index, count: count, to: id) { return completion }
            }
        }
        return nil
    }

    func recycle() {
        switch state.value.delivered {
        case .nothing: return
        case .buffer(let index, _): provideAgain(index)
        case .partialBlock(let socket, let count): advancePartialBlock(of: socket, by: count)
        }
        state.value.delivered = .nothing
    }
}

// MARK: - Events of the ring

extension RingBackend {
    /// Records what the kernel said; callbacks come later. True for a wake-up by another thread.
    private func note(_ event: RingMemory.Event) -> Bool {
        guard let token = RingToken(rawValue: event.token) else { return false }
        switch token.kind {
        case .wake:
            if !event.hasMore { state.value.requests.append(.start(token)) }
            return true
        case .cancel:
            break
        case .receive:
            noteReceive(event, token.id)
        case .connect, .send:
            guard let socket = state.value.sockets[token.id] else { break }
            if token.kind == .connect { socket.isConnecting = false } else { socket.isSending = false }
            if socket.isClosing {
                // What the kernel took before the cancellation came is told all the same.
                if token.kind == .send, event.result > 0 { state.value.reaped.append(.event(token.id, .sent(Int(event.result)))) }
                closeIfQuiet(socket)
            } else {
                state.value.reaped.append(.event(token.id, outcome(of: token.kind, event.result, socket)))
            }
        }
        return false
    }

    private func outcome(of kind: RingToken.Kind, _ result: Int32, _ socket: RingSocket) -> Completion.Event {
        guard kind == .connect else { return result >= 0 ? .sent(Int(result)) : .sendFailed(errno: -result) }
        counters.systemCalls.add()
        return .connected(errno: result < 0 ? -result : Socket.pendingError(socket.descriptor))
    }

    private func noteReceive(_ event: RingMemory.Event, _ id: StreamID) {
        if let index = event.bufferIndex {
            if event.result > 0 {
                state.value.reaped.append(.data(id, bufferIndex: index, count: Int(event.result)))
            } else {
                ring.provide(state.value.buffers[index], as: index)
            }
        }
        guard !event.hasMore, let socket = state.value.sockets[id] else { return }
        // The multishot receive is over, whatever the reason: only the missing flag says so (U12).
        socket.isReceiveArmed = false
        socket.isCancellingReceive = false
        switch event.result {
        case _ where socket.isClosing:
            closeIfQuiet(socket)
        case 1..., -ECANCELED, -EAGAIN, -EINTR:
            armReceive(socket)
        case -ENOBUFS:
            // The buffers of this reap are provided again before the next submission.
            counters.bufferStarvations.add()
            armReceive(socket)
        case 0:
            socket.hasEnded = true
            state.value.reaped.append(.event(id, .receiveEnded))
        default:
            socket.hasEnded = true
            state.value.reaped.append(.event(id, .receiveFailed(errno: -event.result)))
        }
    }
}

// MARK: - Delivery

extension RingBackend {
    private func deliver(_ event: Completion.Event, to id: StreamID) -> Completion? {
        switch event {
        case .receiveEnded, .receiveFailed:
            guard let socket = state.value.sockets[id], !socket.isClosing else { return nil }
            if mustHold(socket) {
                socket.held.append(event)
                return nil
            }
            return Completion(id: id, event: event)
        default:
            return Completion(id: id, event: event)
        }
    }

    /// Makes a chunk of a filled buffer. Small ones are copied: a handler that keeps a message must not keep a buffer.
    private func deliver(bufferIndex index: Int, count: Int, to id: StreamID) -> Completion? {
        guard let socket = state.value.sockets[id], !socket.isClosing else {
            ring.provide(state.value.buffers[index], as: index)
            return nil
        }
        let isCopied = count <= ReactorLimits.copiedReceiveSize
        let chunk = isCopied ? copy(index, count, to: socket) : chunk(of: index, count)
        if isCopied { ring.provide(state.value.buffers[index], as: index) }
        let event = Completion.Event.received(chunk)
        if mustHold(socket) {
            socket.held.append(event)
            if isCopied { advancePartialBlock(of: socket, by: count) } else { provideAgain(index) }
            return nil
        }
        state.value.delivered = isCopied ? .partialBlock(socket, count: count) : .buffer(index: index, count: count)
        return Completion(id: id, event: event)
    }

    /// Paused, or older events wait: order is kept.
    private func mustHold(_ socket: RingSocket) -> Bool { !socket.isReceiving || !socket.held.isEmpty }

    private func chunk(of index: Int, _ count: Int) -> ReceiveChunk {
        ReceiveChunk(block: state.value.buffers[index].block, start: state.value.buffers[index].offset, count: count)
    }

    private func copy(_ index: Int, _ count: Int, to socket: RingSocket) -> ReceiveChunk {
        let target = socket.partialBlock ?? BlockCursor(pool.take())
        target.block.copy(
            from: state.value.buffers[index].block, start: state.value.buffers[index].offset, count: count, to: target.offset)
        socket.partialBlock = target
        return ReceiveChunk(block: target.block, start: target.offset, count: count)
    }

    /// Gives the kernel the buffer again; a fresh block when the handler kept this one.
    private func provideAgain(_ index: Int) {
        if state.value.buffers[index].isUnused() {
            _ = state.value.buffers[index].advance(by: 0)
        } else {
            let kept = exchange(&state.value.buffers[index], with: BlockCursor(pool.take()))
            pool.giveBack(consume kept)
        }
        ring.provide(state.value.buffers[index], as: index)
    }

    private func advancePartialBlock(of socket: RingSocket, by count: Int) {
        guard var partial = socket.partialBlock.take() else { return }
        if !partial.isUnused(), partial.advance(by: count),
            partial.freeCount >= ReactorLimits.copiedReceiveSize
        {
            socket.partialBlock = partial
        } else {
            pool.giveBack(consume partial)
        }
    }
}

/// What changes while the backend works.
struct RingState: ~Copyable {
    var sockets = StreamMap<RingSocket>()
    var requests = Queue<RingBackend.Request>()
    var reaped = Queue<RingBackend.Reaped>()
    /// Streams that hold events from a pause that is over.
    var resumed = Queue<StreamID>()
    /// The provided buffers. The kernel owns each until a completion names it.
    var buffers: [BlockCursor]
    var delivered = RingBackend.Delivered.nothing

    init(buffers: [BlockCursor]) { self.buffers = buffers }
}
#endif
