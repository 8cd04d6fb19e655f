// The completion contract over a simulated kernel. Unsafe invariant: blocks are written only behind their cursor's offset,
// and what is sent is read during the call, while its memory lives.
internal import Glibc

/// Turns what a simulated kernel says into completions, as `EpollBackend` does with the real one.
final class SimulatedBackend: CompletionBackend {
    let kind = BackendReport.Kind.epoll

    private let kernel: any SimulatedKernel
    private let pool: BlockPool
    /// For the time in which nothing can happen: then only another thread can go on.
    private let outside: EpollEvents
    private let state = Pinned(SimulatedBackendState())

    init(kernel: any SimulatedKernel, wakeDescriptor: Int32, pool: BlockPool) throws(SystemError) {
        self.kernel = kernel
        self.pool = pool
        outside = try EpollEvents()
        try outside.add(wakeDescriptor, token: EpollEvents.wakeToken)
    }

    var descriptor: Int32 { outside.descriptor }

    // MARK: Operations

    func open(_ id: StreamID, descriptor: Int32) throws(SystemError) {
        // A descriptor belongs to the real kernel.
        throw SystemError(operation: "open", errno: EBADF)
    }

    func open(_ id: StreamID, to address: SocketAddress) {
        state.value.sockets[id] = SimulatedRecord(id: id, socket: kernel.makeSocket(to: address))
    }

    func awaitConnection(_ id: StreamID) { state.value.sockets[id]?.isConnecting = true }
    func startReceiving(_ id: StreamID) { state.value.sockets[id]?.isReceiving = true }
    func pauseReceiving(_ id: StreamID) { state.value.sockets[id]?.isReceiving = false }

    func send(_ id: StreamID, _ vectors: borrowing SendVectors) {
        guard let record = state.value.sockets[id] else { return }
        record.pendingSend.value = copy vectors
        record.hasPendingSend = true
    }

    func close(_ id: StreamID, hard: Bool) {
        guard let record = state.value.sockets[id] else { return }
        record.socket.close(hard: hard, unseenByteCount: record.hasQueuedChunk ? record.unadvanced : 0)
        if let cursor = record.cursor.take() { pool.giveBack(cursor) }
        state.value.sockets[id] = nil
        state.value.completions.append(Completion(id: id, event: .closed))
    }

    // MARK: Turn

    func submit() { look() }

    func wait(timeoutNanoseconds: UInt64?) throws(SystemError) -> Bool {
        look()
        if hasCompletions || timeoutNanoseconds == 0 { return false }
        let deadline = timeoutNanoseconds.map { kernel.nowNanoseconds &+ $0 }
        guard kernel.wait(untilNanoseconds: deadline) else {
            try outside.wait(timeoutNanoseconds: nil)
            return true
        }
        look()
        return false
    }

    var hasCompletions: Bool { !state.value.completions.isEmpty }
    func nextCompletion() -> Completion? {
        guard let completion = state.value.completions.popFirst() else { return nil }
        if case .received = completion.event { state.value.sockets[completion.id]?.hasQueuedChunk = false }
        return completion
    }

    func recycle() {}

    /// Does for every socket what can be done now.
    private func look() {
        for record in state.value.sockets.records {
            if record.isConnecting, let errno = record.socket.connectResult {
                record.isConnecting = false
                complete(record, .connected(errno: errno))
            }
            if record.hasPendingSend { trySend(record) }
            if record.isReceiving, !record.isConnecting { receive(record) }
        }
    }

    private func complete(_ record: SimulatedRecord, _ event: Completion.Event) {
        state.value.completions.append(Completion(id: record.id, event: event))
    }

    private func trySend(_ record: SimulatedRecord) {
        var total = 0
        for index in 0..<record.pendingSend.value.count {
            let piece = unsafe record.pendingSend.value[index]
            let count = unsafe record.socket.send(piece)
            if count < 0 {
                if total == 0, count == -Int(EAGAIN) { return }
                if total == 0 { return finishSend(record, .sendFailed(errno: Int32(-count))) }
                break
            }
            total += count
            if count < piece.count { break }
        }
        finishSend(record, .sent(total))
    }

    private func finishSend(_ record: SimulatedRecord, _ event: Completion.Event) {
        record.hasPendingSend = false
        complete(record, event)
    }

    /// One chunk at most in each look: the loop hears of it before the next is read.
    private func receive(_ record: SimulatedRecord) {
        guard !record.hasQueuedChunk else { return }
        var cursor = record.cursor.take() ?? BlockCursor(pool.take())
        // What the handler has kept of the block stays untouched.
        if record.unadvanced > 0, !cursor.advance(by: record.unadvanced) {
            pool.giveBack(cursor)
            cursor = BlockCursor(pool.take())
        }
        record.unadvanced = 0
        let room = unsafe UnsafeMutableRawBufferPointer(start: cursor.block.base + cursor.offset, count: cursor.freeCount)
        let count = unsafe record.socket.receive(into: room)
        switch count {
        case 1...:
            record.unadvanced = count
            record.hasQueuedChunk = true
            complete(record, .received(ReceiveChunk(block: cursor.block, start: cursor.offset, count: count)))
        case -Int(EAGAIN): break
        case 0:
            record.isReceiving = false
            complete(record, .receiveEnded)
        default:
            record.isReceiving = false
            complete(record, .receiveFailed(errno: Int32(-count)))
        }
        record.cursor = cursor
    }
}

/// What changes while the backend works.
struct SimulatedBackendState: ~Copyable {
    var sockets = StreamMap<SimulatedRecord>()
    var completions = Queue<Completion>()
}

/// What the backend knows about one stream.
final class SimulatedRecord {
    let id: StreamID
    let socket: any SimulatedSocket
    var isConnecting = false
    var isReceiving = false
    /// The loop hasn't seen the last chunk yet.
    var hasQueuedChunk = false
    /// The block that is being filled, and how much of it the last chunk took.
    var cursor: BlockCursor?
    var unadvanced = 0
    let pendingSend = Pinned(SendVectors())
    var hasPendingSend = false

    init(id: StreamID, socket: any SimulatedSocket) {
        self.id = id
        self.socket = socket
    }
}
