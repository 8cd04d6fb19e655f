import NATSProtocol
import Reactor
import Synchronization

/// The end: everything that waits is resolved, everything that is held is given back.
extension ConnectionDriver {
    func drain(deadline: Timestamp, waiter: WaiterID, _ on: borrowing OnReactor) {
        state.value.drainWaiters.append(waiter)
        stopMonitors(on)
        state.value.session.drain(deadline: deadline, now: now(on))
    }

    func close(_ on: borrowing OnReactor) {
        core.stage.lock()
        core.stage.value.acceptance = .closed
        core.stage.unlock()
        state.value.session.close(now: now(on))
    }

    func abort(_ on: borrowing OnReactor) {
        core.stage.lock()
        core.stage.value.acceptance = .closed
        core.stage.unlock()
        state.value.session.abort(now: now(on))
    }

    func drained(_ result: DrainResult) {
        core.snapshot.withLock { $0.drainResult = result }
    }

    /// The session is over. The handle is resolved when the stream is closed too, so that whoever awaits the close
    /// finds no descriptor left.
    func closed(_ failure: SessionFailure?) {
        state.value.isClosed = true
        core.stage.lock()
        core.stage.value.acceptance = .closed
        core.stage.unlock()
        let error = state.value.stopError ?? failure.map { self.error(for: $0) }
        core.snapshot.withLock {
            $0.closingError = error
            $0.status = .closed
        }
        for id in state.value.endedByClose {
            failDrains(of: id, core.closedError(subject: state.value.sinks.name(id.index).subject))
            finishSubscription(id, error.map { _ in core.closedError() })
        }
        state.value.endedByClose = []
    }

    func finishIfClosed(_ on: borrowing OnReactor) {
        guard state.value.isClosed, !state.value.isFinished, state.value.link == nil, state.value.successor == nil,
            state.value.retired.isEmpty
        else { return }
        state.value.isFinished = true
        // There is none when the connect was cancelled before it began.
        if let timer = state.value.timer.take() { on.destroyTimer(timer) }
        core.stage.lock()
        core.stage.value.discardAll()
        core.stage.value.driver = nil
        core.stage.unlock()
        // Before the waiters: whoever listens after a close finds it closed.
        core.hub.emit(.status(.closed))
        core.hub.finish(.closed(core.snapshot.withLock { $0.closingError }))
        resolveEveryWaiter()
        core.timeoutActions.withLock { actions in
            let all = Array(actions.values)
            actions.removeAll()
            return all
        }.forEach { $0() }
    }

    private func resolveEveryWaiter() {
        let closed = core.closedError()
        let error = core.snapshot.withLock { $0.closingError }
        if let waiter = state.value.connectWaiter.take() {
            core.complete(waiter, .failed(error ?? closed))
        }
        for waiter in state.value.drainWaiters + state.value.closeWaiters { core.complete(waiter, .done) }
        failWaiters(closed) { _ in true }
    }
}
