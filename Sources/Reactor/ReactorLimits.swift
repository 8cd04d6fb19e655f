/// Every limit of the reactor. Work per turn is bounded, so that one busy stream or a flood of jobs delays nobody for long.
enum ReactorLimits {
    /// Reads of one stream in one turn: 4 × 64 KiB = 256 KiB, about 50 µs of copying.
    static let readsPerStreamPerTurn = 4
    /// Executor jobs of one turn; the rest goes to the next turn.
    static let jobsPerTurn = 256
    /// Timers that fire in one turn.
    static let timersPerTurn = 256
    /// How often a turn looks at completions that its own submissions caused, before it asks the kernel again.
    static let submissionRoundsPerTurn = 2
    /// Events that one wait can bring.
    static let eventsPerWait = 256
    /// A block is read on when this part of it is still free: 64 KiB / 4 = 16 KiB.
    static let minimumFreePartOfBlock = 4
    /// io_uring only: a receive up to this size is copied, so that a handler that keeps it doesn't pin a provided buffer.
    static let copiedReceiveSize = 4 * 1024
    /// Submission entries of a ring; completions have four times as many (U22).
    static let ringEntries: UInt32 = 256
    static let ringCompletions: UInt32 = 4 * ringEntries
    /// Time that the probe of io_uring may take.
    static let probeTimeoutNanoseconds: Int64 = 1_000_000_000
    /// Stagger between attempts to connect to different addresses (RFC 8305, section 5).
    static let connectStaggerNanoseconds: UInt64 = 250_000_000
    /// Busy polling falls back to this part of its budget while it finds nothing.
    static let leastPartOfBusyPoll: UInt64 = 16

    static let receiveBlockSizeMinimum = 4 * 1024
    static let receiveBlockCountMinimum = 4
    /// Threads that run what may block, at the same time; more work waits.
    static let helperThreadsMax = 8
}
