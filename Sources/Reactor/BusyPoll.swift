/// How long the loop polls before it sleeps: the configured time while that is enough to find something, down to a sixteenth of
/// it while it isn't.
struct BusyPoll {
    private let budgetNanoseconds: UInt64
    private(set) var currentNanoseconds: UInt64

    init(budgetNanoseconds: UInt64) {
        self.budgetNanoseconds = budgetNanoseconds
        currentNanoseconds = budgetNanoseconds
    }

    var isEnabled: Bool { budgetNanoseconds > 0 }

    /// The loop had nothing to do for so long, from the first poll to the end of its sleep. What came within the budget,
    /// polling for the whole of it would have found: the next time it does. Judged by the sleep and not by the polling alone,
    /// because a time that was cut once would find nothing, and stay cut, however soon things come.
    mutating func didSleep(idleNanoseconds: UInt64) {
        if idleNanoseconds <= budgetNanoseconds {
            currentNanoseconds = budgetNanoseconds
        } else {
            currentNanoseconds = max(budgetNanoseconds / ReactorLimits.leastPartOfBusyPoll, currentNanoseconds / 2, 1)
        }
    }
}
