/// A client's whole life across connections, as a value: inputs in, actions out; no clock, no socket, no randomness of
/// its own. The driver calls one input at a time, then performs what `nextAction` gives until it gives nil, and keeps
/// one timer at `nextDeadline`.
///
/// The session doesn't wait for a transport to be torn down before it asks for the next one: generations keep them
/// apart, and an input with an old generation is ignored.
@usableFromInline
package struct Session: ~Copyable {
    let configuration: SessionConfiguration
    @usableFromInline var subscriptions = SubscriptionTable()
    var phase = SessionPhase.idle { didSet { statusRevision &+= 1 } }
    var windDown = WindDownStateMachine() { didSet { statusRevision &+= 1 } }
    var pool: ServerPool
    var random: RandomSource
    var timers = SessionTimers()
    var actions = ActionQueue()
    var ledger = PingLedger(generation: nil)
    /// Of the present connection; nil while none is established or PINGs are switched off.
    var liveness: LivenessMonitor?
    /// The number of the present or last transport; 0 before the first.
    package internal(set) var generation: UInt32 = 0
    /// Servers that the first connect hasn't tried yet.
    var untriedCount = 0
    /// Whether a connection was ever complete: from then on, failures lead to reconnects.
    var hasConnected = false { didSet { statusRevision &+= 1 } }
    /// Changes whenever `status` may have changed, which is cheaper to look at.
    package private(set) var statusRevision: UInt32 = 0
    /// When the present connection was complete.
    var connectedAt = Timestamp(nanoseconds: 0)
    /// The `-ERR` after which the server closes the connection.
    var closingError: ServerError?
    /// The `-ERR`s that refused one of the replayed subscriptions each, on this connection.
    var restoreRefusals: [ServerError] = []
    /// Lame duck mode was reported on this connection.
    var isLameDuck = false
    /// PONGs that no PING waited for.
    package internal(set) var unexpectedPongCount: UInt64 = 0

    /// The INFO received last.
    package internal(set) var serverInfo: ServerInfo?
    /// The server of the present attempt or connection, or of the last one.
    package internal(set) var currentServer: ServerAddress?

    package init(configuration: SessionConfiguration, servers: [ServerAddress], randomSeed: UInt64) {
        self.configuration = configuration
        random = RandomSource(seed: randomSeed)
        pool = ServerPool(servers: servers, shuffles: !configuration.noRandomize, random: &random)
    }

    // MARK: - Hot path

    /// Counts a message of the server and says whom it is for. About twenty instructions, no allocation.
    @inlinable
    package mutating func messageReceived(sid: UInt64) -> MessageDelivery {
        let delivery = subscriptions.messageReceived(sid: sid)
        if case .deliverLast = delivery { limitReached(sid: sid) }
        return delivery
    }

    /// Something came from the server. Once per chunk, before its frames.
    package mutating func bytesReceived(generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        liveness?.bytesReceived(now: now)
    }

    // MARK: - Outputs

    /// Whether `nextAction` gives anything; cheaper to ask.
    package var hasActions: Bool { !actions.isEmpty }

    /// What to do next; nil: nothing until the next input. Drain it after every input.
    package mutating func nextAction() -> SessionAction? {
        guard let entry = actions.popFirst() else { return nil }
        if let fence = entry.urgentFence { ledger.record(fence, generation: entry.generation) }
        return entry.action
    }

    /// When to call `deadlineReached`; it may move after every input.
    package var nextDeadline: Timestamp? { timers.next }

    package var status: ConnectionStatus {
        if let status = windDown.status { return status }
        switch phase {
        case .connected: return .connected
        case .closed: return .closed
        case .idle, .waiting, .attempting, .restoring: return hasConnected ? .reconnecting : .connecting
        }
    }

    /// Whether publishes flow: the gate is open.
    package var isReady: Bool {
        switch phase {
        case .restoring, .connected: true
        case .idle, .waiting, .attempting, .closed: false
        }
    }

    package var subscriptionCount: Int { subscriptions.count }
    /// Messages that came for nobody.
    package var ignoredMessageCount: UInt64 { subscriptions.ignoredMessageCount }
    /// Every server of the pool, in the order in which they will be tried.
    package var servers: [ServerAddress] { pool.entries.map(\.address) }

    var isClosed: Bool {
        switch phase {
        case .closed: true
        case .idle, .waiting, .attempting, .restoring, .connected: false
        }
    }

    // MARK: - Time

    /// The deadline passed. Calling it early does nothing.
    package mutating func deadlineReached(now: Timestamp) {
        while let timer = timers.popExpired(now: now) {
            switch timer {
            case .attempt: attemptTimedOut(now: now)
            case .backoff: beginAttempt(now: now)
            case .liveness: checkLiveness(now: now)
            case .serverClose: serverDidNotClose(now: now)
            case .windDown: windDownTimedOut(now: now)
            }
        }
    }
}

extension Session {
    /// Encodes frames for an action.
    static func encode(_ body: (inout ByteBuffer) -> Void) -> [UInt8] {
        var buffer = ByteBuffer()
        body(&buffer)
        return bytes(of: buffer)
    }

    static func bytes(of buffer: borrowing ByteBuffer) -> [UInt8] {
        let span = buffer.span
        return [UInt8](capacity: span.count) { output in
            for index in span.indices { output.append(span[index]) }
        }
    }

    mutating func emitUrgent(_ bytes: [UInt8], fence: Fence? = nil) {
        actions.append(.sendUrgent(bytes, generation: generation), urgentFence: fence, generation: generation)
    }
}
