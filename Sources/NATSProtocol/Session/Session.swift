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
    var phase = SessionPhase.idle {
        didSet {
            statusRevision &+= 1
            noteMoving()
        }
    }
    var windDown = WindDownStateMachine() { didSet { statusRevision &+= 1 } }
    var pool: ServerPool
    var random: RandomSource
    var timers = SessionTimers() { didSet { nextDeadline = timers.next } }
    var actions = ActionQueue() { didSet { hasActions = !actions.isEmpty } }
    /// The present connection and the one to which the session is moving: always two. Not in the session itself, since the
    /// compiler copies a session's bytes for a call from another module. For the same reason, what the driver asks all the
    /// time is stored.
    private var links = [SessionLink(), SessionLink()] { didSet { generation = links[0].generation } }
    var move = MovePhase.resting { didSet { noteMoving() } }
    var moveCause = MoveCause.requested
    /// A move whose subscriptions aren't all confirmed yet.
    var unreportedMove: MoveReport?
    var lastGeneration: UInt32 = 0
    /// Servers that the first connect hasn't tried yet.
    var untriedCount = 0
    /// The last bytes of either link, until liveness looks: reaching into a link would take memory for each chunk.
    var lastSign = SignOfLife()
    var lastSignOfSuccessor = SignOfLife()
    /// Whether a connection was ever complete: from then on, failures lead to reconnects.
    var hasConnected = false { didSet { statusRevision &+= 1 } }
    /// Changes whenever `status` may have changed, which is cheaper to look at.
    package private(set) var statusRevision: UInt32 = 0
    /// When the present connection was complete.
    var connectedAt = Timestamp(nanoseconds: 0)
    var lastFailure: SessionFailure?
    /// The number of the last question which server is next.
    var choiceNumber: UInt32 = 0
    /// A server that was chosen from outside of the pool, for the next attempt.
    var outsider: ServerAddress?
    /// Whether `nextAction` gives anything.
    package private(set) var hasActions = false
    /// When to call `deadlineReached`; it may move after every input.
    package private(set) var nextDeadline: Timestamp?
    /// Counts inputs; nil in life.
    package var tally: (any SessionTally)?
    /// PONGs that no PING waited for.
    package internal(set) var unexpectedPongCount: UInt64 = 0

    /// The number of the present or last transport; 0 before the first. A successor's becomes the present one when
    /// the gate opens on it.
    package private(set) var generation: UInt32 = 0
    /// The INFO received last from the present or last server.
    package var serverInfo: ServerInfo? { link.serverInfo }
    /// The server of the present attempt or connection, or of the last one.
    package var currentServer: ServerAddress? { link.server }
    /// The server of a link that is still there.
    package func server(generation: UInt32) -> ServerAddress? { role(of: generation).flatMap { link($0).server } }
    /// What the server of a link that is still there said of itself.
    package func serverInfo(generation: UInt32) -> ServerInfo? { role(of: generation).flatMap { link($0).serverInfo } }
    /// Whether replies may come twice at the moment, from two connections. Stored, since each reply asks.
    package private(set) var isMoving = false

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

    /// The same for a message of any link: one of the successor counts for its own server, and nobody gets what an
    /// attempt sends before the server took us.
    package mutating func messageReceived(sid: UInt64, generation: UInt32) -> MessageDelivery {
        switch role(of: generation) {
        case .present: return messageReceived(sid: sid)
        case .successor where move.isSuccessorEstablished:
            subscriptions.countOnSuccessor(sid: sid)
            return messageReceived(sid: sid)
        case .successor, nil:
            subscriptions.ignoredMessageCount &+= 1
            return .ignored
        }
    }

    /// Something came from the server. Once per chunk, before its frames.
    package mutating func bytesReceived(generation: UInt32, now: Timestamp) {
        let sign = SignOfLife(generation: generation, at: now)
        if generation == self.generation { lastSign = sign } else { lastSignOfSuccessor = sign }
    }

    // MARK: - Outputs

    /// What to do next; nil: nothing until the next input. Drain it after every input.
    package mutating func nextAction() -> SessionAction? {
        guard let entry = actions.popFirst() else { return nil }
        if let fence = entry.urgentFence, let role = role(of: entry.generation) {
            change(role) { $0.ledger.record(fence, generation: entry.generation) }
        }
        return entry.action
    }

    package var status: ConnectionStatus {
        if let status = windDown.status { return status }
        switch phase {
        case .connected, .settling: return .connected
        case .closed: return .closed
        case .idle, .waiting, .attempting, .restoring: return hasConnected ? .reconnecting : .connecting
        }
    }

    /// Whether a server has taken us: publishes flow, or are held for a moment by a move.
    package var isReady: Bool {
        switch phase {
        case .restoring, .settling, .connected: true
        case .idle, .waiting, .attempting, .closed: false
        }
    }

    package var subscriptionCount: Int { subscriptions.count }
    /// Messages that came for nobody.
    package var ignoredMessageCount: UInt64 { subscriptions.ignoredMessageCount }
    /// Every server of the pool and what is known of it, in the order in which they will be tried.
    package var candidates: [ServerChoiceRequest.Candidate] {
        pool.entries.map {
            ServerChoiceRequest.Candidate(
                server: $0.address, isExplicit: $0.isExplicit, failedAttempts: $0.failedAttempts,
                isLameDuck: $0.isLameDuck)
        }
    }
    /// Every server of the pool, in the order in which they will be tried.
    package var servers: [ServerAddress] { pool.entries.map(\.address) }

    /// Whether the present server gets what is sent in order: not when a move holds the gate.
    var sendsInOrder: Bool { isReady && !move.holdsGate }

    package var isClosed: Bool {
        switch phase {
        case .closed: true
        case .idle, .waiting, .attempting, .restoring, .settling, .connected: false
        }
    }

    // MARK: - Time

    /// The deadline passed. Calling it early does nothing.
    package mutating func deadlineReached(now: Timestamp) {
        while let timer = timers.popExpired(now: now) {
            note(.deadline)
            switch timer {
            case .attempt: attemptTimedOut(now: now)
            case .backoff: beginAttempt(now: now)
            case .liveness: checkLiveness(now: now)
            case .serverClose: serverDidNotClose(now: now)
            case .windDown: windDownTimedOut(now: now)
            case .firstConnect: firstConnectTimedOut()
            case .move: moveIsDue(now: now)
            case .successor: successorTimedOut(now: now)
            case .handover: fail(.timedOut(.handover), now: now)
            case .renewal: renewalIsDue(now: now)
            }
        }
    }
}

extension Session {
    /// The present connection or attempt, or the last one.
    var link: SessionLink {
        _read { yield links[0] }
        _modify { yield &links[0] }
    }

    /// The connection to which the session is moving.
    var successor: SessionLink {
        _read { yield links[1] }
        _modify { yield &links[1] }
    }

    private mutating func noteMoving() {
        isMoving = move.isSuccessorEstablished || phase.kind == .settling
    }

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

    mutating func emitUrgent(_ bytes: [UInt8], fence: Fence? = nil, on role: LinkRole = .present) {
        let generation = link(role).generation
        actions.append(.sendUrgent(bytes, generation: generation), urgentFence: fence, generation: generation)
    }
}
