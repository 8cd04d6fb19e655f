import NATSProtocol

/// What becomes of outbound messages when a connection is lost.
extension ConnectionDriver {
    /// The gate closes at once: nothing more is handed to a transport that is lost. The account follows when the
    /// stream is closed, since only then the kernel's last answer is known.
    func closeGate(_ failure: SessionFailure) {
        guard let link = linkWithGate else { return }
        link.state.value.isGateOpen = false
        link.state.value.isGateHeld = false
        link.state.value.opensGateLater = false
        link.state.value.lostCause = failure
        // Lost before anybody was told that it is there.
        if !link.state.value.hadGate { state.value.untoldReconnect = nil }
        let limitBytes = core.options.outbound.limitWhileDisconnected
        let failsFast = core.options.outbound.whileDisconnected == .failFast
        core.stage.lock()
        link.state.value.discardedBeforeLoss = core.stage.value.account.discarded
        core.stage.value.limitBytes = limitBytes
        core.stage.value.keepOnlyPublishes(limitBytes: limitBytes)
        if failsFast, core.stage.value.acceptance == .open { core.stage.value.acceptance = .disconnected }
        core.stage.unlock()
        // Nothing was lost: whoever waits hears of the close, which is near.
        guard failure.reason != .closedByUser else { return }
        let error = NATSError(
            failure, code: .connectionLost, message: "the connection was lost while the call waited")
        failFlushes(error)
        tellReactorSinksOfLoss(error)
        // Under `.failFast` they are to fail, not to wait.
        if failsFast { wakeRoomWaiters() }
        // Under `.failFast` the unsent requests are given up, so nobody can answer them.
        if core.options.requestsOnDisconnect == .fail || failsFast {
            failWaiters(error) { $0.waiterKind == .request }
        }
    }

    /// The connection that has the gate, or is going to have it.
    private var linkWithGate: Link? {
        if let next = state.value.successor, next.state.value.opensGateLater || next.state.value.isGateHeld { return next }
        guard let link = state.value.link else { return nil }
        let hasGate = link.state.value.isGateOpen || link.state.value.isGateHeld || link.state.value.opensGateLater
        return hasGate ? link : nil
    }

    /// Sorts the frames that were under way into written, pending and discarded, and reports.
    ///
    /// A connection that was left in order has written everything (`switchGate`), and has no cause.
    /// One that never had the gate has no account, and was never told of: nobody learns of its end.
    func settleOutboundAccount(_ link: Link) {
        guard let cause = link.state.value.lostCause.take() else { return settleHeldAccount(link) }
        guard link.state.value.hadGate else { return }
        core.stage.lock()
        settleWritten(link, limitBytes: core.options.outbound.limitWhileDisconnected)
        let account = core.stage.value.account
        core.stage.value.account.lostUnknown &+= account.unconfirmed
        let pendingBytes = core.stage.value.stagedByteCount
        core.stage.unlock()
        // What was in flight took room until now.
        wakeRoomWaiters()
        core.hub.emit(
            .disconnected(
                DisconnectReport(
                    cause: NATSError(cause, code: .connectionLost, message: "the connection was lost"),
                    unconfirmed: account.unconfirmed, pending: account.pending, pendingBytes: pendingBytes,
                    discarded: account.discarded &- link.state.value.discardedBeforeLoss)))
    }

    /// The same for a connection whose gate was held when it ended, though nobody said that it is lost: a successor has
    /// taken over, and gets what wasn't written. Nothing is given up, since the client was never disconnected. Flushes
    /// among it have been confirmed: the PONG that let the successor take over came behind theirs.
    private func settleHeldAccount(_ link: Link) {
        guard link.state.value.isGateHeld else { return }
        link.state.value.isGateHeld = false
        guard link.state.value.hadGate else { return }
        core.stage.lock()
        settleWritten(link, limitBytes: .max)
        core.stage.value.account.lostUnknown &+= core.stage.value.account.unconfirmed
        core.stage.unlock()
        wakeRoomWaiters()
    }

    /// With the stage's lock: what wasn't written goes back in front of what is staged.
    private func settleWritten(_ link: Link, limitBytes: Int) {
        let batchPublishes = link.state.value.sendQueue.publishes
        let batch = link.state.value.sendQueue.giveBack(to: &core.stage.value, limitBytes: limitBytes)
        core.stage.value.account.settleWritten(
            link.state.value.writtenBase &+ link.state.value.ledger.taken &- batchPublishes &+ batch.written)
    }

    /// A successor may be there before the lost connection is closed. It is told of behind the loss, in order.
    func reportReconnected(to server: ServerAddress) {
        if let present = state.value.link, present.state.value.lostCause != nil {
            state.value.untoldReconnect = server
        } else {
            core.counters.reconnects.increase(by: 1)
            core.hub.emit(.reconnected(server: server.location))
        }
    }

    /// The lost connection is closed, and its loss is reported.
    func reportUntoldReconnect() {
        if let server = state.value.untoldReconnect.take() { reportReconnected(to: server) }
    }

    func failFlushes(_ error: NATSError) {
        core.stage.lock()
        core.stage.value.flushWaiters.removeAll()
        core.stage.unlock()
        failWaiters(error) { $0.waiterKind == .flush }
    }

    /// Fails every call that waits now and matches. They are taken out at once, so that a call which begins when
    /// another one has failed isn't failed with it, and resumed outside the lock.
    func failWaiters(_ error: any Error, where matches: (Waiter) -> Bool) {
        core.stage.lock()
        let failed = core.stage.value.waiters.popAll(where: matches).compactMap {
            core.stage.value.keepingEarly($0, .failed(error))
        }
        core.stage.publishAndUnlock()
        for waiter in failed { waiter.resume(.failed(error)) }
    }
}
