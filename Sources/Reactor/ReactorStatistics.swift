/// What a loop has done so far. All counters start at 0 with the loop and only grow, except `blocksLent`,
/// `openStreams` and `timers`, which are current values. Each figure is the present one, `blocksLent`, `blockPoolMisses` and
/// `timers` that of the last turn; figures of a busy loop are not all of the same moment.
public struct ReactorStatistics: Hashable, Sendable {
    /// Turns of the loop. An idle loop makes none.
    public internal(set) var turns: UInt64 = 0
    /// Times that the loop has slept in the kernel.
    public internal(set) var waits: UInt64 = 0
    /// Waits that another thread ended through the eventfd.
    public internal(set) var wakeups: UInt64 = 0
    /// System calls of the backend and its sockets.
    public internal(set) var systemCalls: UInt64 = 0
    /// Rounds of busy polling.
    public internal(set) var busyPolls: UInt64 = 0
    /// Bytes from and to sockets, as the kernel counted them.
    public internal(set) var bytesReceived: UInt64 = 0
    public internal(set) var bytesSent: UInt64 = 0
    /// Chunks that came, and sends that went (short ones included).
    public internal(set) var receives: UInt64 = 0
    public internal(set) var sends: UInt64 = 0
    /// Sends that took fewer bytes than they were given.
    public internal(set) var shortSends: UInt64 = 0
    /// Receive blocks that were allocated because all blocks of the pool were lent.
    public internal(set) var blockPoolMisses: UInt64 = 0
    /// Times that io_uring found no provided buffer.
    public internal(set) var bufferStarvations: UInt64 = 0
    /// Blocks that left the pool and are still referenced.
    public internal(set) var blocksLent: Int = 0
    /// Streams that are open now, those that are connecting or closing included.
    public internal(set) var openStreams: Int = 0
    /// Timers that there are, armed or not.
    public internal(set) var timers: Int = 0
    /// Timers that fired, and jobs of Swift concurrency that ran.
    public internal(set) var timersFired: UInt64 = 0
    public internal(set) var jobsRun: UInt64 = 0

    /// Which backend runs, and why; nil before the start.
    public internal(set) var backend: BackendReport?
    /// Why the thread could not be pinned, if that failed.
    public internal(set) var pinningFailure: SystemError?
    /// Why the loop ended by itself: other code closed the descriptor that it waits with. Nil otherwise.
    public internal(set) var failure: SystemError?
    /// Writes to the eventfd that threads other than the loop's made.
    public internal(set) var eventfdWrites: UInt64 = 0

    /// Figures of a loop that has done nothing.
    public init() {}
}
