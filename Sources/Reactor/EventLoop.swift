/// One thread with everything that it owns: sockets, timers, receive buffers, and two executors.
///
/// The thread starts at the first use and sleeps in the kernel when there is nothing to do: an idle loop makes no wake-ups. It
/// receives no signals. A process needs one loop (`shared`); make more to spread many busy connections over cores, to pin, or to
/// poll busily. All members can be used from any thread.
///
/// After `fork`, the child must not use the parent's loops: throwing members throw `usedAfterFork`, the others do nothing.
public final class EventLoop: Sendable {
    /// The loop of everybody who doesn't choose one. Never shuts down by itself.
    public static let shared = EventLoop()

    private let port: LoopPort
    private let executors: (task: EventLoopTaskExecutor, serial: EventLoopSerialExecutor)
    @usableFromInline let forkPage: ForkPage

    /// Makes a loop; its thread starts at the first use. Costs a page of memory.
    public init(configuration: Configuration = Configuration()) {
        forkPage = ForkPage()
        port = LoopPort(configuration: configuration, forkPage: forkPage)
        executors = (EventLoopTaskExecutor(port: port), EventLoopSerialExecutor(port: port))
    }

    deinit { port.stop() }

    /// Starts the thread, if it doesn't run yet, and waits until it has its backend. Otherwise the first use does this.
    ///
    /// Throws `backendUnavailable` when the backend that was demanded can't be had, `exhausted` when memory, descriptors or
    /// threads have run out (a later call tries again), `stopped` after `shutdown()`, `usedAfterFork` in a forked child.
    public func start() throws(ReactorError) { try port.start() }

    /// Which backend runs, and why this one; nil before the start.
    public var backend: BackendReport? { statistics.backend }

    /// What the loop has done so far; an idle loop's figures are exact. Costs some loads and a lock.
    public var statistics: ReactorStatistics { port.statistics }

    /// Runs tasks on the loop's thread.
    public var taskExecutor: EventLoopTaskExecutor { executors.task }

    /// Runs actors on the loop's thread.
    public var serialExecutor: EventLoopSerialExecutor { executors.serial }

    /// Asks the thread to close everything and to end. Returns at once; a second call does nothing. The last reference to a
    /// loop does the same. Pending connects fail with `stopped`, streams are closed, timers don't fire any more.
    public func shutdown() { port.stop() }

    /// Runs a loop that hasn't started on the calling thread, until somebody shuts it down; `work` comes first. For simulations.
    /// Throws `invalidArgument` when it runs already, `stopped` when it was shut down.
    package func runHere(_ work: @escaping @Sendable (borrowing OnReactor) -> Void) throws(ReactorError) {
        try port.runHere(work)
    }

    /// Waits until the thread has ended; call `shutdown()` first. Returns at once on the loop's own thread.
    package func join() { port.join() }

    /// Runs `work` on the loop's thread soon, in the order of the calls; never inside this call. What was accepted runs, even when
    /// the loop is shut down meanwhile.
    package func execute(_ work: @escaping @Sendable (borrowing OnReactor) -> Void) throws(ReactorError) {
        try port.execute(work)
    }

    /// Calls the handler in the current turn (on the loop's thread) or the next one. Allocates nothing in steady state. The
    /// caller coalesces: two calls, two runs. Nothing happens after the loop has ended.
    package func schedule(_ handler: any TurnHandler) { port.schedule(handler) }

    /// True in a forked child of the process that made this loop. One load.
    @inlinable package var isForkedChild: Bool { forkPage.isForkedChild }

    /// The clock that the loop's deadlines belong to. Costs about 25 ns; on the loop's thread use `OnReactor.nowNanoseconds`.
    package func nowNanoseconds() -> UInt64 { port.clock.nowNanoseconds() }

    /// The time of day as nanoseconds since 1970 UTC. It may jump; no deadline is kept by it.
    package func wallNanoseconds() -> UInt64 { port.clock.wallNanoseconds() }

    /// Where tasks run that may block. A simulated loop has no other thread: its own, since nothing blocks there.
    package var helperExecutor: any TaskExecutor {
        port.configuration.simulatedKernel == nil ? HelperExecutor.shared : taskExecutor
    }

    /// A number that nobody can guess, unless the loop is simulated.
    package func random() -> UInt64 {
        if let kernel = port.configuration.simulatedKernel { return kernel.random() }
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    /// True on the thread of this loop.
    package var isOnLoopThread: Bool { LoopIdentity.isOwner(port) }
}
