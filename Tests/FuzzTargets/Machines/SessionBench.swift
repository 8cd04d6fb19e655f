import NATSProtocol

/// A session with what stands around it: links, a gate, users who wait. Keeps the books and says what doesn't hold.
struct SessionBench: ~Copyable {
    /// One connection, from `connect` to `disconnect`.
    struct Link {
        let server: ServerAddress
        var hasStartedTLS = false
        var isSecure = false
        var hasIntroducedItself = false
        /// PINGs that the server has and hasn't answered.
        var unansweredPings = 0
    }

    enum Gate: Equatable { case closed, held, open(UInt32) }

    private enum Staged {
        case frames([UInt8])
        case fence(Fence)
    }

    struct Held {
        var asksForConfirmation: Bool
        var isConfirmed = false
        var limit: UInt64 = .max
        var received: UInt64 = 0
    }

    private(set) var session: Session
    private let configuration: SessionConfiguration
    private(set) var now = Timestamp(nanoseconds: 1_000_000_000_000)
    private(set) var links: [UInt32: Link] = [:]
    private(set) var generations: [UInt32] = []
    private(set) var living: [SubscriptionID: Held] = [:]
    private(set) var everHeld: [SubscriptionID] = []
    private var knownIDs: Set<SubscriptionID> = []
    private(set) var lastChoice: ServerChoiceRequest?
    private(set) var isClosed = false
    /// Nothing came that an honest server or a correct driver wouldn't say.
    var isHonest = true
    private var gate = Gate.closed
    private var staged: [Staged] = []
    private var nextFence: UInt64 = 0
    private var fencesOnWire: Set<UInt64> = []
    private var drainCount = 0
    private var drainedCount = 0
    private var status = ConnectionStatus.connecting
    private var revision: UInt32 = 0

    init(_ configuration: SessionConfiguration, servers: [ServerAddress], seed: UInt64) {
        self.configuration = configuration
        session = Session(configuration: configuration, servers: servers, randomSeed: seed)
        status = session.status
        revision = session.statusRevision
    }

    // MARK: - Steps

    /// Whatever happens; then the actions are carried out and the books compared.
    mutating func step(_ body: (inout Session, Timestamp) -> Void) throws(FuzzFinding) {
        let wasClosed = isClosed
        body(&session, now)
        try expect(!wasClosed || !session.hasActions, "an action after the end")
        try perform()
        try expectBalance()
    }

    mutating func pass(nanoseconds: UInt64) throws(FuzzFinding) {
        now = now.advanced(byNanoseconds: nanoseconds)
        try reachDeadline()
    }

    /// A pause of centuries, which a user may choose, is never over.
    private static let endOfTime = Timestamp(nanoseconds: 1 << 62)

    mutating func passToDeadline() throws(FuzzFinding) {
        guard let deadline = session.nextDeadline, deadline < Self.endOfTime else { return }
        now = max(now, deadline)
        try reachDeadline()
    }

    private mutating func reachDeadline() throws(FuzzFinding) {
        try step { session, now in session.deadlineReached(now: now) }
        guard let next = session.nextDeadline else { return }
        try expect(next > now, "a deadline that has passed stays")
    }

    mutating func subscribe(_ subject: String, queueGroup: String?, confirm: Bool, isInbox: Bool) throws(FuzzFinding) {
        let acceptance = session.status
        let id = try? session.subscribe(
            subject: subject, queueGroup: queueGroup, confirm: confirm, isRequestInbox: isInbox, now: now)
        if let id { try take(id, Held(asksForConfirmation: confirm)) }
        let mayBe = acceptance.acceptsSubscriptions || isInbox && acceptance == .drainingSubscriptions
        try expectEqual(id != nil, mayBe, "whether one can subscribe while \(acceptance)")
        try step { _, _ in }
    }

    private mutating func take(_ id: SubscriptionID, _ held: Held) throws(FuzzFinding) {
        try expect(knownIDs.insert(id).inserted, "an id comes twice")
        everHeld.append(id)
        living[id] = held
    }

    mutating func unsubscribe(_ id: SubscriptionID, after maximum: UInt64?) throws(FuzzFinding) {
        if let maximum { living[id]?.limit = maximum }
        try step { session, now in session.unsubscribe(id, after: maximum, now: now) }
        if let held = living[id] {
            try expect(maximum.map { $0 > held.received } ?? false, "a subscription outlives its end")
        }
    }

    mutating func receive(sid: UInt64, generation: UInt32) throws(FuzzFinding) {
        let id = SubscriptionID(rawValue: sid)
        let delivery = session.messageReceived(sid: sid, generation: generation)
        switch delivery {
        case .ignored: break
        case .deliver(let index), .deliverLast(let index):
            guard var held = living[id] else { throw FuzzFinding("a message for nobody is delivered") }
            try expectEqual(index, id.index, "the place of a message")
            held.received += 1
            living[id] = held
            let isLast = delivery == .deliverLast(index: index)
            try expectEqual(isLast, held.received >= held.limit, "message \(held.received) of \(held.limit) is the last")
        }
        try step { _, _ in }
        if case .deliverLast = delivery { try expect(living[id] == nil, "a subscription outlives its last message") }
    }

    mutating func flush() {
        guard session.status.acceptsPublishes else { return }
        nextFence += 1
        staged.append(.fence(.user(nextFence)))
    }

    /// What is staged goes out, as far as the gate lets it.
    mutating func write() throws(FuzzFinding) {
        guard case .open(let generation) = gate, links[generation] != nil else { return }
        for item in staged {
            switch item {
            case .frames: break
            case .fence(let fence):
                links[generation]?.unansweredPings += 1
                if case .user(let number) = fence { fencesOnWire.insert(number) }
                session.fenceQueued(fence, generation: generation)
            }
        }
        staged = []
        try step { _, _ in }
    }

    mutating func pong(generation: UInt32) throws(FuzzFinding) {
        guard let link = links[generation], link.unansweredPings > 0 else { return }
        links[generation]?.unansweredPings -= 1
        try step { session, now in session.pongReceived(generation: generation, now: now) }
    }

    mutating func tlsEstablished(generation: UInt32) throws(FuzzFinding) {
        if links[generation]?.hasStartedTLS == true { links[generation]?.isSecure = true }
        try step { session, now in session.tlsEstablished(generation: generation, now: now) }
    }

    mutating func drain(deadlineNanoseconds: UInt64) throws(FuzzFinding) {
        drainCount += 1
        try step { session, now in
            session.drain(deadline: now.advanced(byNanoseconds: deadlineNanoseconds), now: now)
        }
    }

    mutating func close() throws(FuzzFinding) {
        try step { session, now in session.close(now: now) }
    }

    // MARK: - Actions

    private mutating func perform() throws(FuzzFinding) {
        var count = 0
        while let action = session.nextAction() {
            count += 1
            try expect(count < 10_000, "actions without end")
            try expect(!isClosed, "an action after 'closed': \(action)")
            try perform(action)
        }
    }

    private mutating func perform(_ action: SessionAction) throws(FuzzFinding) {
        switch action {
        case .connect(let server, let generation, let deadline):
            try expect(generation > generations.last ?? 0, "generation \(generation) after \(generations.last ?? 0)")
            try expect(links.count < 2, "a third link")
            try expect(deadline >= now, "an attempt that is too late already")
            generations.append(generation)
            links[generation] = Link(server: server, isSecure: server.scheme == .wss)
        case .disconnect(let generation, _):
            try expect(links.removeValue(forKey: generation) != nil, "disconnects what isn't connected")
        case .startTLS(_, let generation):
            try expectEqual(links[generation]?.hasStartedTLS, false, "TLS is started once, on a link that is there")
            links[generation]?.hasStartedTLS = true
        case .authenticate(_, let generation): try expect(links[generation] != nil, "credentials for no link")
        case .sendUrgent(let frames, let generation): try sendUrgent(frames, generation)
        case .sendOrdered(let frames, let fence):
            try expect(gate != .closed, "frames for a closed gate")
            try expectFrames(frames, [.subscribe, .unsubscribe])
            staged.append(.frames(frames))
            if let fence { staged.append(.fence(fence)) }
        case .openGate, .holdGate, .closeGate: try move(action)
        case .fenceConfirmed(let number):
            try expect(fencesOnWire.remove(number) != nil, "a flush is confirmed that isn't on its way")
        case .subscriptionConfirmed(let id):
            guard let held = living[id] else { throw FuzzFinding("confirms what isn't there") }
            try expect(held.asksForConfirmation && !held.isConfirmed, "a confirmation too many")
            living[id]?.isConfirmed = true
        case .subscriptionEnded(let id, _):
            try expect(living.removeValue(forKey: id) != nil, "a subscription ends twice")
        case .chooseServer(let request):
            try expect(configuration.choosesServers, "asks nobody to choose")
            lastChoice = request
        case .drained:
            drainedCount += 1
            try expect(drainedCount <= min(drainCount, 1), "a drain ends that nobody asked for, or twice")
        case .closed:
            isClosed = true
            try expect(links.isEmpty, "a link is left open")
            try expectEqual(gate, .closed, "the gate at the end")
        case .publishDenied, .replyDenied, .awaitDelivery, .report: break
        }
    }

    private mutating func move(_ action: SessionAction) throws(FuzzFinding) {
        switch action {
        case .openGate(let generation):
            if case .open = gate { throw FuzzFinding("the gate is opened twice") }
            try expect(links[generation] != nil, "the gate opens to no link")
            try expectEqual(generation, session.generation, "the gate opens to the present link")
            gate = .open(generation)
        case .holdGate(let generation):
            try expectEqual(gate, .open(generation), "a gate that isn't open is held")
            gate = .held
            staged.removeAll { if case .fence(.user) = $0 { false } else { true } }
        default:
            try expect(gate != .closed, "the gate is closed twice")
            gate = .closed
            staged = []
            fencesOnWire = []
        }
    }

    private mutating func sendUrgent(_ frames: [UInt8], _ generation: UInt32) throws(FuzzFinding) {
        guard let link = links[generation] else { throw FuzzFinding("frames for no link") }
        let kinds = try expectFrames(frames, [.connect, .ping, .pong, .subscribe, .unsubscribe])
        links[generation]?.unansweredPings += kinds.count { $0 == .ping }
        guard kinds.contains(.connect) else {
            return try expect(link.hasIntroducedItself || kinds.allSatisfy { $0 == .pong }, "frames before CONNECT")
        }
        try expect(!link.hasIntroducedItself, "a second CONNECT")
        let needsTLS = configuration.tlsRequired || link.server.scheme.requiresTLS
        try expect(!needsTLS || link.isSecure, "CONNECT in the clear")
        links[generation]?.hasIntroducedItself = true
    }

    @discardableResult
    private func expectFrames(
        _ frames: [UInt8], _ allowed: Set<OutboundFrameKind>
    ) throws(FuzzFinding) -> [OutboundFrameKind] {
        var walker = OutboundFrameWalker()
        var kinds: [OutboundFrameKind] = []
        while true {
            switch walker.next(frames.span) {
            case .end: return kinds
            case .frame(let frame):
                try expect(allowed.contains(frame.kind), "\(frame.kind) where it can't be")
                let line = Array(frames[frame.range])
                if frame.kind == .connect {
                    try expect(PlainJSON(Array(line.dropFirst(8))) != nil, "CONNECT isn't JSON")
                }
                if frame.kind == .unsubscribe {
                    let maximum = line.dropLast(2).split(separator: 0x20).dropFirst(2).first
                    try expect(maximum.map(Array.init) != [0x30], "UNSUB after no message")
                }
                kinds.append(frame.kind)
            case .incomplete(let at), .malformed(let at): throw FuzzFinding("frames that can't be read at \(at)")
            }
        }
    }

    // MARK: - Books

    private mutating func expectBalance() throws(FuzzFinding) {
        try expectEqual(session.subscriptionCount, living.count, "the number of subscriptions")
        if session.status != status {
            try expect(session.statusRevision != revision, "\(status) became \(session.status) without a new revision")
            try expect(status != .closed, "closed became \(session.status)")
        }
        (status, revision) = (session.status, session.statusRevision)
        if isHonest { try expectEqual(session.unexpectedPongCount, 0, "a PONG that nobody waited for") }
        if case .open = gate { try expect(session.isReady, "the gate is open, and the session isn't ready") }
        guard isClosed else { return }
        try expectEqual(status, .closed, "the status at the end")
        try expect(living.isEmpty, "subscriptions outlive the session")
        try expect(session.nextDeadline == nil, "a deadline outlives the session")
        try expectEqual(drainedCount, min(drainCount, drainedCount), "drains")
    }

    func expectSoundPool() throws(FuzzFinding) {
        let keys = session.servers.map(\.hostPort)
        try expectEqual(Set(keys).count, keys.count, "the pool has a server twice")
    }

    /// Time passes, and nobody answers: the end comes nevertheless.
    mutating func expectEnd() throws(FuzzFinding) {
        for _ in 0..<200 where !isClosed {
            try expect(session.nextDeadline != nil, "nothing would ever end \(session.status)")
            try passToDeadline()
        }
        try expect(isClosed, "no end after 200 deadlines")
        try expectSoundPool()
    }
}
