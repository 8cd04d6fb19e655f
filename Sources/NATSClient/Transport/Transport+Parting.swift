import Reactor

// A close frame says why the connection ends, and RFC 6455 wants one answered. When it comes while the kernel is still sending,
// it can't be handed over at once: the transport parts first, for a bounded time, and closes then. No NATS byte flows any more.

extension Transport: TimerHandler {
    /// Always false: `transportDidClose` follows.
    func beginParting(_ on: borrowing OnReactor) -> Bool {
        state.value.phase = .parting
        let timer = on.makeTimer(self)
        state.value.farewellTimer = timer
        on.setTimer(timer, deadlineNanoseconds: on.nowNanoseconds &+ ClientDefaults.farewellNanosecondsMax)
        return false
    }

    /// Something was sent, and what waited was handed over if it could be.
    func continueParting(_ on: borrowing OnReactor) {
        if !state.value.output.hasFarewell { endParting(hard: false, on) }
    }

    func endParting(hard: Bool, _ on: borrowing OnReactor) {
        if let timer = state.value.farewellTimer.take() { on.destroyTimer(timer) }
        state.value.phase = .closing
        if let stream = state.value.stream { on.close(stream, hard: hard) }
    }

    func timerDidFire(_ id: TimerID, _ on: borrowing OnReactor) {
        guard case .parting = state.value.phase else { return }
        endParting(hard: false, on)
    }
}
