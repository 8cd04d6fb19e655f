import NATSProtocol
import Reactor
import Synchronization

/// Performs the session's actions on the reactor. Decides nothing: what the protocol says stands in `Session`.
///
/// `@unchecked Sendable`: `state` is only touched by functions that take the `OnReactor` capability, which exists on
/// the loop's thread alone; everything else is immutable or the thread-safe core.
final class ConnectionDriver: @unchecked Sendable {
    let core: ConnectionCore
    let state: Pinned<DriverState>

    init(core: ConnectionCore, session: consuming Session) {
        self.core = core
        state = Pinned(DriverState(session: session))
    }

    func start(connectWaiter: WaiterID, _ on: borrowing OnReactor) {
        state.value.connectWaiter = connectWaiter
        // Who has a timer is told when the loop ends; this may come too late for that.
        if on.isStopping { return loopWillStop(on) }
        state.value.timer = on.makeTimer(self)
        state.value.session.start(now: now(on))
    }

    func now(_ on: borrowing OnReactor) -> Timestamp { Timestamp(nanoseconds: on.nowNanoseconds) }

    /// After every input: performs what the session wants, sends what is staged, sets the one timer.
    func settle(_ on: borrowing OnReactor) {
        performActions(on)
        publishSnapshot()
        if !state.value.monitoredSinks.isEmpty { followConnection(on) }
        if !state.value.endedSinks.isEmpty { forgetEndedMonitors(on) }
        guard !state.value.isClosed else { return finishIfClosed(on) }
        pump(on)
        updateTimer(on)
    }

    func performActions(_ on: borrowing OnReactor) {
        guard state.value.session.hasActions else { return }
        while state.value.session.hasActions, let action = state.value.session.nextAction() { perform(action, on) }
        // A move never ends without an action.
        if !state.value.answeredTwice.isEmpty, !state.value.session.isMoving { state.value.answeredTwice = [] }
    }

    /// Makes the state visible to getters, and tells listeners of a new status.
    func publishSnapshot() {
        let revision = state.value.session.statusRevision
        guard revision != state.value.publishedRevision else { return }
        state.value.publishedRevision = revision
        let status = state.value.session.status
        guard status != state.value.publishedStatus else { return }
        state.value.publishedStatus = status
        let server = state.value.session.currentServer
        core.snapshot.withLock { snapshot in
            snapshot.server = server
            snapshot.status = status
        }
        // The end is told by `finishIfClosed`, when nothing is left.
        if status != .closed { core.hub.emit(.status(status)) }
    }
}

extension ConnectionDriver: TurnHandler {
    /// Somebody staged something, or waits until a deadline.
    func runTurn(_ on: borrowing OnReactor) {
        state.value.mustSetTimer = true
        settle(on)
    }
}

extension ConnectionDriver: TimerHandler {
    func timerDidFire(_ id: TimerID, _ on: borrowing OnReactor) {
        guard state.value.timer == id else { return }
        state.value.timerDeadline = .distantFuture
        state.value.mustSetTimer = true
        let now = now(on)
        if let deadline = state.value.session.nextDeadline, deadline <= now {
            state.value.session.deadlineReached(now: now)
        }
        expireWaiters(now)
        settle(on)
    }

    /// Without the loop nothing of this connection can go on; nobody may wait for it.
    func loopWillStop(_ on: borrowing OnReactor) {
        state.value.stopError = NATSError(.reactorUnavailable, "the event loop was shut down")
        abort(on)
        settle(on)
    }

    private func expireWaiters(_ now: Timestamp) {
        while true {
            core.stage.lock()
            let expired = core.stage.value.waiters.popExpired(now)
            guard let expired else { return core.stage.unlock() }
            if expired.waiterKind.runsAction {
                core.stage.unlock()
                core.timeoutActions.withLock { $0.removeValue(forKey: expired.id) }?()
                continue
            }
            let completion = expired.waiterKind == .pause ? .done : Completion.failed(core.timeoutError(expired))
            core.stage.value.forgetQueuedWaiter(expired)
            let waiter = core.stage.value.keepingEarly(expired, completion)
            core.stage.publishAndUnlock()
            waiter?.resume(completion)
        }
    }

    /// Sets the timer to the earliest deadline of the session and of all waiting calls. It isn't moved to a later
    /// one when a call ends in time: that would cost every request a timer operation.
    func updateTimer(_ on: borrowing OnReactor) {
        let sessionDeadline = state.value.session.nextDeadline ?? .distantFuture
        guard state.value.mustSetTimer || sessionDeadline != state.value.sessionDeadline else { return }
        state.value.mustSetTimer = false
        state.value.sessionDeadline = sessionDeadline
        core.stage.lock()
        let deadline = min(core.stage.value.waiters.nextDeadline ?? .distantFuture, sessionDeadline)
        core.stage.value.armedDeadline = deadline
        core.stage.unlock()
        guard deadline != state.value.timerDeadline, let timer = state.value.timer else { return }
        state.value.timerDeadline = deadline
        if deadline == .distantFuture {
            on.clearTimer(timer)
        } else {
            on.setTimer(timer, deadlineNanoseconds: deadline.nanoseconds)
        }
    }
}
