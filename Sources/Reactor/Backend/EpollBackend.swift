internal import Glibc

/// The completion contract over readiness: what io_uring does in the kernel is done here when epoll says that it will work.
///
/// A read happens only when the loop asks for the next completion, straight into the current block; when the handler kept
/// nothing, the same block takes the next read.
final class EpollBackend: CompletionBackend {
    let kind = BackendReport.Kind.epoll

    private let epoll: EpollEvents
    private let pool: BlockPool
    private let counters: LoopCounters
    private let state: Pinned<EpollState>

    init(wakeDescriptor: Int32, pool: BlockPool, counters: LoopCounters) throws(SystemError) {
        epoll = try EpollEvents()
        try epoll.add(wakeDescriptor, token: EpollEvents.wakeToken)
        self.pool = pool
        self.counters = counters
        state = Pinned(EpollState(sharedBlock: BlockCursor(pool.take())))
    }

    // MARK: Operations

    func open(_ id: StreamID, descriptor: Int32) throws(SystemError) {
        counters.systemCalls.add()
        try epoll.add(descriptor, token: id.token)
        state.value.sockets[id] = EpollSocket(descriptor: descriptor)
    }

    func awaitConnection(_ id: StreamID) { state.value.sockets[id]?.isConnecting = true }

    func startReceiving(_ id: StreamID) {
        guard let socket = state.value.sockets[id] else { return }
        socket.isReceiving = true
        enqueueIfReadable(id, socket)
    }

    func pauseReceiving(_ id: StreamID) { state.value.sockets[id]?.isReceiving = false }

    func send(_ id: StreamID, _ vectors: borrowing SendVectors) {
        guard let socket = state.value.sockets[id] else { return }
        socket.pendingSend.value = copy vectors
        socket.hasPendingSend = true
        state.value.sendable.append(id)
    }

    func close(_ id: StreamID, hard: Bool) {
        guard let socket = state.value.sockets[id] else { return }
        if hard { Socket.resetOnClose(socket.descriptor) }
        epoll.remove(socket.descriptor)
        Socket.close(socket.descriptor)
        counters.systemCalls.add(hard ? 3 : 2)
        socket.isReceiving = false
        if let partial = socket.partialBlock.take() { pool.giveBack(partial) }
        state.value.sockets[id] = nil
        state.value.completions.append(Completion(id: id, event: .closed))
    }

    // MARK: Turn

    func submit() {
        while let id = state.value.sendable.popFirst() { trySend(id) }
    }

    var descriptor: Int32 { epoll.descriptor }

    func wait(timeoutNanoseconds: UInt64?) throws(SystemError) -> Bool {
        state.value.beginTurn()
        counters.systemCalls.add()
        try epoll.wait(timeoutNanoseconds: timeoutNanoseconds)
        var isWoken = false
        for index in 0..<epoll.count {
            let token = epoll.token(index)
            if token == EpollEvents.wakeToken {
                // Never read: each write is a new edge, and the counter can't overflow in a lifetime.
                isWoken = true
            } else {
                note(epoll.readiness(index), StreamID(token: token))
            }
        }
        return isWoken
    }

    var hasCompletions: Bool {
        !state.value.completions.isEmpty || !state.value.readable.isEmpty || !state.value.readableNextTurn.isEmpty
    }

    func nextCompletion() -> Completion? {
        if let completion = state.value.completions.popFirst() { return completion }
        // A stream stays at the front until it is empty or has had its share.
        while let id = state.value.readable.first {
            if let socket = state.value.sockets[id] {
                let (event, isDone) = read(id, socket)
                if isDone { _ = state.value.readable.popFirst() }
                if let event { return Completion(id: id, event: event) }
            } else {
                _ = state.value.readable.popFirst()
            }
        }
        return nil
    }

    func recycle() {
        guard let (socket, count, isShared) = state.value.lastRead.take() else { return }
        if isShared {
            if state.value.sharedBlock.isUnused() {
                _ = state.value.sharedBlock.advance(by: 0)
            } else if state.value.sharedBlock.advance(by: count), socket.isReceiving {
                // The handler keeps the front: the rest of the block is for this stream alone, like the block's context.
                socket.partialBlock = state.value.sharedBlock
                state.value.sharedBlock = BlockCursor(pool.take())
            } else {
                let full = exchange(&state.value.sharedBlock, with: BlockCursor(pool.take()))
                pool.giveBack(consume full)
            }
        } else if var partial = socket.partialBlock.take() {
            if !partial.isUnused(), partial.advance(by: count) {
                socket.partialBlock = partial
            } else {
                pool.giveBack(consume partial)
            }
        }
    }
}

// MARK: - Readiness becomes completion

extension EpollBackend {
    private func note(_ readiness: EpollReadiness, _ id: StreamID) {
        // A closed stream's events may still be in the list: its identifier finds nothing.
        guard let socket = state.value.sockets[id] else { return }
        if socket.isConnecting, !readiness.isDisjoint(with: [.output, .error]) {
            socket.isConnecting = false
            counters.systemCalls.add()
            let errno = Socket.pendingError(socket.descriptor)
            state.value.completions.append(Completion(id: id, event: .connected(errno: errno)))
        }
        if !readiness.isDisjoint(with: [.input, .hangup]) {
            socket.isReadable = true
            if !readiness.isDisjoint(with: .hangup) { socket.isHungUp = true }
            enqueueIfReadable(id, socket)
        }
        if socket.hasPendingSend, !readiness.isDisjoint(with: [.output, .error]) { state.value.sendable.append(id) }
    }

    private func enqueueIfReadable(_ id: StreamID, _ socket: EpollSocket) {
        guard socket.isReceiving, socket.isReadable, !socket.isQueued else { return }
        socket.isQueued = true
        state.value.readable.append(id)
    }

    /// Reads once, if the stream may. `isDone`: it leaves the list of this turn.
    private func read(_ id: StreamID, _ socket: EpollSocket) -> (event: Completion.Event?, isDone: Bool) {
        if socket.readTurn != state.value.turn {
            socket.readTurn = state.value.turn
            socket.readCount = 0
        }
        var event: Completion.Event?
        if socket.isReceiving, socket.isReadable {
            guard socket.readCount < ReactorLimits.readsPerStreamPerTurn else {
                state.value.readableNextTurn.append(id)
                return (nil, true)
            }
            socket.readCount += 1
            event = receive(socket)
        }
        // After a short read there is nothing left: it isn't looked for again.
        socket.isQueued = socket.isReceiving && socket.isReadable
        return (event, !socket.isQueued)
    }

    private func receive(_ socket: EpollSocket) -> Completion.Event? {
        counters.systemCalls.add()
        let isShared = socket.partialBlock == nil
        let cursor = socket.partialBlock ?? state.value.sharedBlock
        let count = Socket.receive(socket.descriptor, into: cursor)
        switch count {
        case 1...:
            // A short read took everything, and what comes later is a new edge; only an announced end must be looked for.
            if count < cursor.freeCount && !socket.isHungUp { socket.isReadable = false }
            state.value.lastRead = (socket, count, isShared)
            return .received(ReceiveChunk(block: cursor.block, start: cursor.offset, count: count))
        case 0:
            socket.isReceiving = false
            return .receiveEnded
        case -Int(EAGAIN):
            socket.isReadable = false
            return nil
        default:
            socket.isReceiving = false
            return .receiveFailed(errno: Int32(-count))
        }
    }

    private func trySend(_ id: StreamID) {
        guard let socket = state.value.sockets[id], socket.hasPendingSend else { return }
        counters.systemCalls.add()
        let count = Socket.send(socket.descriptor, socket.pendingSend.value)
        // No room: the kernel says when there is some.
        if count == -Int(EAGAIN) { return }
        socket.hasPendingSend = false
        let event = count >= 0 ? Completion.Event.sent(count) : .sendFailed(errno: Int32(-count))
        state.value.completions.append(Completion(id: id, event: event))
    }
}

/// What changes while the backend works.
struct EpollState: ~Copyable {
    var sockets = StreamMap<EpollSocket>()
    var completions = Queue<Completion>()
    /// Streams with something to read in this turn.
    var readable = Queue<StreamID>()
    /// Streams that have had their share of this turn.
    var readableNextTurn = Queue<StreamID>()
    private(set) var turn: UInt64 = 0
    /// Streams whose send wasn't tried yet, or whose socket has room again.
    var sendable = Queue<StreamID>()
    /// The block for streams that have none of their own, unreferenced between reads.
    var sharedBlock: BlockCursor
    /// The last read, until the loop calls `recycle`.
    var lastRead: (socket: EpollSocket, count: Int, isShared: Bool)?

    init(sharedBlock: BlockCursor) { self.sharedBlock = sharedBlock }

    mutating func beginTurn() {
        turn &+= 1
        if readableNextTurn.isEmpty { return }
        while let id = readableNextTurn.popFirst() { readable.append(id) }
    }
}
