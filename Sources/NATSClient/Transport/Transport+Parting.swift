import Reactor

// A close frame says why the connection ends, and RFC 6455 wants one answered. When it comes while the kernel is still sending,
// it can't be handed over at once: the transport parts first, for a bounded time, and closes then. What comes from the peer
// meanwhile is dropped.

extension Transport: TimerHandler {
    func beginParting(_ on: borrowing OnReactor) {
        let timer = on.makeTimer(self)
        state.value.phase = .parting(timer)
        on.setTimer(timer, deadlineNanoseconds: on.nowNanoseconds &+ ClientDefaults.farewellTimeout.clampedNanoseconds)
    }

    /// Something was sent, and what waited was handed over if it could be.
    func continueParting(_ on: borrowing OnReactor) {
        if !state.value.output.isHeldUp { endParting(hard: false, on) }
    }

    func endParting(hard: Bool, _ on: borrowing OnReactor) {
        guard case .parting(let timer) = state.value.phase else { return }
        on.destroyTimer(timer)
        state.value.phase = .closing
        if let stream = state.value.stream { on.close(stream, hard: hard) }
    }

    /// The peer doesn't read.
    func timerDidFire(_ id: TimerID, _ on: borrowing OnReactor) { endParting(hard: false, on) }
}
