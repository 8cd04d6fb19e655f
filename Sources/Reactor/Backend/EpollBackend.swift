internal import Glibc

/// The completion contract over readiness: what io_uring does in the kernel is done here when epoll says that it will work.
///
/// A read happens only when the loop asks for the next completion, straight into the current block; when the handler kept
/// nothing, the same block takes the next read.
final class EpollBackend: CompletionBackend {
    let kind = BackendReport.Kind.epoll

    private let epoll: EpollEvents
    private let pool: BlockPool
    private var sockets = StreamMap<EpollSocket>()
    private var completions = Queue<Completion>()
    private var counters = BackendCounters()

    /// Streams with something to read in this turn, from `readableHead` on.
    private var readable: [StreamID] = []
    private var readableHead = 0
    /// Streams that have had their share of this turn.
    private var readableNextTurn: [StreamID] = []
    private var turn: UInt64 = 0
    /// Streams whose send wasn't tried yet, or whose socket has room again.
    private var sendable: [StreamID] = []

    /// The block for streams that have none of their own, unreferenced between reads.
    private var sharedBlock: BlockCursor
    /// The last read, until the loop calls `recycle`.
    private var lastRead: (socket: EpollSocket, count: Int, isShared: Bool)?

    init(wakeDescriptor: Int32, pool: BlockPool) throws(SystemError) {
        epoll = try EpollEvents()
        try epoll.add(wakeDescriptor, token: EpollEvents.wakeToken)
        self.pool = pool
        sharedBlock = BlockCursor(pool.take())
    }

    func takeCounters() -> BackendCounters {
        defer { counters = BackendCounters() }
        return counters
    }

    // MARK: Operations

    func open(_ id: StreamID, descriptor: Int32) throws(SystemError) {
        counters.systemCalls += 1
        try epoll.add(descriptor, token: id.token)
        sockets[id] = EpollSocket(descriptor: descriptor)
    }

    func awaitConnection(_ id: StreamID) { sockets[id]?.isConnecting = true }

    func startReceiving(_ id: StreamID) {
        guard let socket = sockets[id] else { return }
        socket.isReceiving = true
        enqueueIfReadable(id, socket)
    }

    func pauseReceiving(_ id: StreamID) { sockets[id]?.isReceiving = false }

    func send(_ id: StreamID, _ vectors: SendVectors) {
        sockets[id]?.pendingSend = vectors
        sendable.append(id)
    }

    func close(_ id: StreamID, hard: Bool) {
        guard let socket = sockets[id] else { return }
        if hard { Socket.resetOnClose(socket.descriptor) }
        epoll.remove(socket.descriptor)
        Socket.close(socket.descriptor)
        counters.systemCalls += hard ? 3 : 2
        socket.isReceiving = false
        if let partial = socket.partialBlock.take() { pool.giveBack(partial) }
        sockets[id] = nil
        completions.append(Completion(id: id, event: .closed))
    }

    // MARK: Turn

    func submit() {
        guard !sendable.isEmpty else { return }
        for index in sendable.indices { trySend(sendable[index]) }
        sendable.removeAll(keepingCapacity: true)
    }

    var descriptor: Int32 { epoll.descriptor }

    func wait(timeoutNanoseconds: UInt64?) throws(SystemError) -> Bool {
        turn += 1
        readable.append(contentsOf: readableNextTurn)
        readableNextTurn.removeAll(keepingCapacity: true)
        counters.systemCalls += 1
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

    var hasCompletions: Bool { !completions.isEmpty || readableHead < readable.count || !readableNextTurn.isEmpty }

    func nextCompletion() -> Completion? {
        if let completion = completions.popFirst() { return completion }
        while readableHead < readable.count {
            // A stream stays at the front until it is empty or has had its share.
            let id = readable[readableHead]
            if let socket = sockets[id] {
                let (event, isDone) = read(id, socket)
                if isDone { popReadable() }
                if let event { return Completion(id: id, event: event) }
            } else {
                popReadable()
            }
        }
        return nil
    }

    func recycle() {
        guard let (socket, count, isShared) = lastRead else { return }
        lastRead = nil
        if isShared {
            if sharedBlock.isUnused() {
                _ = sharedBlock.advance(by: 0)
            } else if sharedBlock.advance(by: count), socket.isReceiving {
                // The handler keeps the front: the rest of the block is for this stream alone, like the block's context.
                socket.partialBlock = sharedBlock
                sharedBlock = BlockCursor(pool.take())
            } else {
                let full = exchange(&sharedBlock, with: BlockCursor(pool.take()))
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
        guard let socket = sockets[id] else { return }
        if socket.isConnecting, !readiness.isDisjoint(with: [.output, .error]) {
            socket.isConnecting = false
            counters.systemCalls += 1
            let errno = Socket.pendingError(socket.descriptor)
            completions.append(Completion(id: id, event: .connected(errno: errno)))
        }
        if !readiness.isDisjoint(with: [.input, .hangup]) {
            socket.isReadable = true
            if !readiness.isDisjoint(with: .hangup) { socket.isHungUp = true }
            enqueueIfReadable(id, socket)
        }
        if socket.pendingSend != nil, !readiness.isDisjoint(with: [.output, .error]) { sendable.append(id) }
    }

    private func enqueueIfReadable(_ id: StreamID, _ socket: EpollSocket) {
        guard socket.isReceiving, socket.isReadable, !socket.isQueued else { return }
        socket.isQueued = true
        readable.append(id)
    }

    private func popReadable() {
        readableHead += 1
        if readableHead == readable.count {
            readable.removeAll(keepingCapacity: true)
            readableHead = 0
        }
    }

    /// Reads once, if the stream may. `isDone`: it leaves the list of this turn.
    private func read(_ id: StreamID, _ socket: EpollSocket) -> (event: Completion.Event?, isDone: Bool) {
        guard socket.isReceiving, socket.isReadable else {
            socket.isQueued = false
            return (nil, true)
        }
        if socket.readTurn != turn { (socket.readTurn, socket.readCount) = (turn, 0) }
        guard socket.readCount < ReactorLimits.readsPerStreamPerTurn else {
            readableNextTurn.append(id)
            return (nil, true)
        }
        socket.readCount += 1
        return (receive(socket), false)
    }

    private func receive(_ socket: EpollSocket) -> Completion.Event? {
        counters.systemCalls += 1
        let isShared = socket.partialBlock == nil
        let cursor = socket.partialBlock ?? sharedBlock
        let count = Socket.receive(socket.descriptor, into: cursor)
        switch count {
        case 1...:
            // A short read took everything, and what comes later is a new edge; only an announced end must be looked for.
            if count < cursor.freeCount && !socket.isHungUp { socket.isReadable = false }
            lastRead = (socket, count, isShared)
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
        guard let socket = sockets[id], let vectors = socket.pendingSend else { return }
        counters.systemCalls += 1
        let count = Socket.send(socket.descriptor, vectors)
        // No room: the kernel says when there is some.
        if count == -Int(EAGAIN) { return }
        socket.pendingSend = nil
        let event = count >= 0 ? Completion.Event.sent(count) : .sendFailed(errno: Int32(-count))
        completions.append(Completion(id: id, event: event))
    }
}
