import Testing

@testable import NATSProtocol

@Suite struct SessionTimersTests {
    @Test func nextIsTheEarliest() {
        var timers = SessionTimers()
        #expect(timers.next == nil)
        timers.set(.liveness, at: .seconds(3))
        timers.set(.attempt, at: .seconds(2))
        #expect(timers.next == .seconds(2))
        timers.clear(.attempt)
        #expect(timers.next == .seconds(3))
        timers.clearAll()
        #expect(timers.next == nil)
    }

    @Test func dueTimersComeInTheOrderOfTheirDeadlinesAndOnce() {
        var timers = SessionTimers()
        timers.set(.attempt, at: .seconds(2))
        timers.set(.windDown, at: .seconds(1))
        timers.set(.backoff, at: .seconds(4))
        #expect(timers.popExpired(now: .seconds(3)) == .windDown)
        #expect(timers.popExpired(now: .seconds(3)) == .attempt)
        #expect(timers.popExpired(now: .seconds(3)) == nil)
        #expect(timers.next == .seconds(4))
    }

    @Test func everyTimerHasItsOwnSlot() {
        for timer in SessionTimer.allCases {
            var timers = SessionTimers()
            timers.set(timer, at: .seconds(1))
            #expect(SessionTimer.allCases.filter { timers[$0] != nil } == [timer])
        }
    }

    @Test func farEndOfTimeIsStillADeadline() {
        var timers = SessionTimers()
        timers.set(.windDown, at: .distantFuture)
        #expect(timers[.windDown] != nil)
    }
}
