/// How long the loop polls before it sleeps: the configured time while polling finds something, down to a sixteenth of it while
/// it finds nothing.
struct BusyPoll {
    private let budgetNanoseconds: UInt64
    private(set) var currentNanoseconds: UInt64

    init(budgetNanoseconds: UInt64) {
        self.budgetNanoseconds = budgetNanoseconds
        currentNanoseconds = budgetNanoseconds
    }

    var isEnabled: Bool { budgetNanoseconds > 0 }

    mutating func didFindWork() {
        currentNanoseconds = min(budgetNanoseconds, currentNanoseconds * 2)
    }

    mutating func didFindNothing() {
        currentNanoseconds = max(budgetNanoseconds / ReactorLimits.leastPartOfBusyPoll, currentNanoseconds / 2, 1)
    }
}
