/// PING and PONG: is the server there, and what has it processed.
extension Session {
    package mutating func pingReceived(generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        switch phase.kind {
        case .idle, .waiting, .closed: break
        case .attempting: advanceHandshake(now: now) { $0.received(.ping) }
        case .restoring, .connected: answerPing()
        }
    }

    package mutating func pongReceived(generation: UInt32, now: Timestamp) {
        guard generation == self.generation else { return }
        switch phase.kind {
        case .idle, .waiting, .closed: break
        case .attempting:
            _ = ledger.popFirst()
            advanceHandshake(now: now) { $0.received(.pong) }
        case .restoring, .connected:
            guard let fence = ledger.popFirst() else {
                unexpectedPongCount &+= 1
                return
            }
            fenceReturned(fence, now: now)
        }
    }

    /// The driver put a PING with this purpose into the wire order of the present connection.
    package mutating func fenceQueued(_ fence: Fence, generation: UInt32) {
        guard generation == self.generation, isReady else { return }
        ledger.record(fence, generation: generation)
    }

    // MARK: - Within the session

    private mutating func fenceReturned(_ fence: Fence, now: Timestamp) {
        switch fence {
        case .liveness: postponeLook(now: now)
        case .handshake: break
        case .restore: restored(now: now)
        case .user(let number): actions.append(.fenceConfirmed(number))
        case .subscription(let id): subscriptionFenced(id)
        case .drainSubscription(let id): endSubscription(id, .drained)
        case .drainSubscriptions: perform(windDown.subscriptionsFenced(), now: now)
        case .drainPublishes: perform(windDown.publishesFenced(), now: now)
        }
    }

    mutating func answerPing() {
        emitUrgent(Self.encode { FrameEncoder.pong(into: &$0) })
    }

    mutating func checkLiveness(now: Timestamp) {
        guard let action = liveness?.check(now: now) else { return }
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
        guard liveness != nil else { return }
        timers.set(.liveness, at: now.advanced(byNanoseconds: configuration.pingIntervalNanoseconds))
    }
}
