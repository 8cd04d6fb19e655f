import NATSProtocol

/// What becomes of outbound messages when a connection is lost.
extension ConnectionDriver {
    /// The gate closes at once: nothing more is handed to a transport that is lost. The account follows when the
    /// stream is closed, since only then the kernel's last answer is known.
    func closeGate(_ failure: SessionFailure) {
        guard let link = state.value.link, link.state.value.isGateOpen else { return }
        link.state.value.isGateOpen = false
        link.state.value.lostCause = failure
        let limitBytes = core.options.outbound.limitWhileDisconnected
        let failsFast = core.options.outbound.whileDisconnected == .failFast
        core.stage.lock()
        link.state.value.discardedBeforeLoss = core.stage.value.account.discarded
        core.stage.value.limitBytes = limitBytes
        core.stage.value.keepOnlyPublishes(limitBytes: limitBytes)
        if failsFast, core.stage.value.acceptance == .open { core.stage.value.acceptance = .disconnected }
        core.stage.unlock()
        let error = NATSError(
            failure, code: .connectionLost, message: "the connection was lost while the call waited")
        failFlushes(error)
        // Under `.failFast` they are to fail, not to wait.
        if failsFast { wakeRoomWaiters() }
        // Under `.failFast` the unsent requests are given up, so nobody can answer them.
        if core.options.requestsOnDisconnect == .fail || failsFast {
            failWaiters(error) { $0.waiterKind == .request }
        }
    }

    /// Sorts the frames that were under way into written, pending and discarded, and reports.
    func settleOutboundAccount(_ link: Link) {
        guard let cause = link.state.value.lostCause.take() else { return }
        let batchPublishes = link.state.value.sendQueue.publishes
        core.stage.lock()
        let batch = link.state.value.sendQueue.giveBack(
            to: &core.stage.value, limitBytes: core.options.outbound.limitWhileDisconnected)
        core.stage.value.account.settleWritten(
            link.state.value.writtenBase &+ link.state.value.ledger.taken &- batchPublishes &+ batch.written)
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
