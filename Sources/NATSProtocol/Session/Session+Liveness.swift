/// PING and PONG: is the server there, and what has it processed.
extension Session {
    package mutating func pingReceived(generation: UInt32, now: Timestamp) {
        note(.ping, generation: generation)
        guard let role = role(of: generation) else { return }
        if isEstablished(role) { return answerPing(on: role) }
        advanceHandshake(generation: generation, now: now) { $0.received(.ping) }
    }

    package mutating func pongReceived(generation: UInt32, now: Timestamp) {
        note(.pong, generation: generation)
        guard let role = role(of: generation), phase.kind != .closed else { return }
        var fence: Fence?
        change(role) { fence = $0.ledger.popFirst() }
        guard isEstablished(role) else {
            return advanceHandshake(generation: generation, now: now) { $0.received(.pong) }
        }
        if let fence {
            fenceReturned(fence, on: role, now: now)
        } else {
            unexpectedPongCount &+= 1
        }
    }

    /// The driver put a PING with this purpose into the wire order of the present connection.
    package mutating func fenceQueued(_ fence: Fence, generation: UInt32) {
        note(.fenceQueued, generation: generation)
        guard generation == link.generation, isReady else { return }
        link.ledger.record(fence, generation: generation)
    }

    // MARK: - Within the session

    /// The server of that link took us.
    func isEstablished(_ role: LinkRole) -> Bool {
        switch role {
        case .present: isReady
        case .successor: move.isSuccessorEstablished
        }
    }

    private mutating func fenceReturned(_ fence: Fence, on role: LinkRole, now: Timestamp) {
        switch fence {
        case .liveness: postponeLook(now: now)
        case .handshake: break
        case .restore: restored(now: now)
        case .prepare: if role == .successor { prepared(now: now) }
        case .leave: if role == .present { handOver(now: now) }
        case .user(let number): actions.append(.fenceConfirmed(number))
        case .subscription(let id): subscriptionFenced(id)
        case .drainSubscription(let id): subscriptionDrained(id, on: role)
        case .drainSubscriptions: perform(windDown.subscriptionsFenced(), now: now)
        case .drainPublishes: perform(windDown.publishesFenced(), now: now)
        }
    }

    mutating func answerPing(on role: LinkRole) {
        emitUrgent(Self.encode { FrameEncoder.pong(into: &$0) }, on: role)
    }

    func makeLivenessMonitor(now: Timestamp) -> LivenessMonitor? {
        guard configuration.pingIntervalNanoseconds > 0 else { return nil }
        return LivenessMonitor(
            intervalNanoseconds: configuration.pingIntervalNanoseconds,
            maximumOutstanding: configuration.maximumPingsOutstanding, now: now)
    }

    /// The present link is watched from now on. A successor isn't: its deadlines are shorter.
    mutating func startLiveness() {
        if let monitor = link.liveness { timers.set(.liveness, at: monitor.nextLook) }
    }

    /// Each counts once, for the link that it came from.
    private mutating func noteSignsOfLife() {
        // A successor's sign is the older one when the successor has become the present link.
        note(lastSignOfSuccessor)
        note(lastSign)
        lastSign = SignOfLife()
        lastSignOfSuccessor = SignOfLife()
    }

    private mutating func note(_ sign: SignOfLife) {
        if sign.generation == generation, generation != 0 { link.liveness?.bytesReceived(now: sign.at) }
    }

    mutating func checkLiveness(now: Timestamp) {
        noteSignsOfLife()
        guard let action = link.liveness?.check(now: now) else { return }
        switch action {
        case .lookAgain(let deadline): timers.set(.liveness, at: deadline)
        case .ping(let deadline):
            timers.set(.liveness, at: deadline)
            emitUrgent(Self.encode { FrameEncoder.ping(into: &$0) }, fence: .liveness)
        case .stale: fail(.staleConnection, now: now)
        }
    }

    /// One interval after the answer, so that an idle connection wakes once per interval.
    private mutating func postponeLook(now: Timestamp) {
        guard link.liveness != nil else { return }
        timers.set(.liveness, at: now.advanced(byNanoseconds: configuration.pingIntervalNanoseconds))
    }
}

/// Something came from the server of a link.
struct SignOfLife {
    /// 0: of none.
    var generation: UInt32 = 0
    var at = Timestamp(nanoseconds: 0)
}
