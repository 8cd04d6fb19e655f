import Testing

@testable import Reactor

@Suite("How long a loop polls before it sleeps")
struct BusyPollTests {
    @Test("polls for the whole budget at first")
    func beginsWithTheBudget() {
        #expect(BusyPoll(budgetNanoseconds: 200_000).currentNanoseconds == 200_000)
        #expect(BusyPoll(budgetNanoseconds: 200_000).isEnabled)
        #expect(!BusyPoll(budgetNanoseconds: 0).isEnabled)
    }

    @Test("polls less and less, down to a sixteenth, while nothing comes within the budget")
    func fallsWhileIdle() {
        var poll = BusyPoll(budgetNanoseconds: 160_000)
        poll.didSleep(idleNanoseconds: 160_001)
        #expect(poll.currentNanoseconds == 80_000)
        for _ in 0..<20 { poll.didSleep(idleNanoseconds: 1_000_000) }
        #expect(poll.currentNanoseconds == 10_000)
    }

    /// A reply takes longer than the sixteenth, so polling that short alone would never find one again.
    @Test("polls for the whole budget again as soon as something came within it, though polling hadn't found it")
    func recovers() {
        var poll = BusyPoll(budgetNanoseconds: 160_000)
        for _ in 0..<20 { poll.didSleep(idleNanoseconds: 1_000_000) }
        poll.didSleep(idleNanoseconds: 100_000)
        #expect(poll.currentNanoseconds == 160_000)
    }

    @Test("never polls for no time at all")
    func keepsATrace() {
        var poll = BusyPoll(budgetNanoseconds: 1)
        for _ in 0..<3 { poll.didSleep(idleNanoseconds: 1_000) }
        #expect(poll.currentNanoseconds == 1)
    }
}
