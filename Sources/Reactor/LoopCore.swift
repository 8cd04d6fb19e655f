/// A loop. Made on the loop's thread and touched only there.
final class LoopCore {
    let port: LoopPort
    private let mailbox: Mailbox
    let pool: BlockPool
    let backend: any CompletionBackend
    let counters: LoopCounters
    let state: Pinned<LoopState>

    init(port: LoopPort, wakeDescriptor: Int32) throws(ReactorError) {
        let configuration = port.configuration
        self.port = port
        mailbox = port.mailbox
        counters = port.counters
        pool = BlockPool(
            blockSize: max(configuration.receiveBlockSize, ReactorLimits.receiveBlockSizeMinimum),
            capacity: max(configuration.receiveBlockCount, ReactorLimits.receiveBlockCountMinimum))
        state = Pinned(
            LoopState(
                nowNanoseconds: port.clock.nowNanoseconds(),
                busyPoll: BusyPoll(budgetNanoseconds: configuration.busyPoll.clampedNanoseconds)))
        let selection = BackendSelection(
            configuration: configuration, wakeDescriptor: wakeDescriptor, pool: pool, counters: counters)
        let (backend, report) = try selection.make()
        self.backend = backend
        port.announce { $0.backend = report }
        if let cpu = configuration.cpu {
            do throws(SystemError) {
                try ReactorThread.pin(to: cpu)
            } catch {
                port.announce { $0.pinningFailure = error }
            }
        }
    }

    var connector: Connector { Connector(core: self) }
    var nowNanoseconds: UInt64 { state.value.nowNanoseconds }
    var isStopping: Bool { state.value.isStopping }
}

/// What changes while a loop turns.
struct LoopState: ~Copyable {
    var timers = TimerHeap<TimerTarget>()
    var streams = SlotTable<StreamRecord>()
    var attempts = ConnectAttempts()
    var jobs = Queue<TaggedJob>()
    var turnHandlers = Queue<any TurnHandler>()
    /// What the mailbox brought; its arrays are swapped with the mailbox's.
    var inbox = Mailbox.Contents()
    var nowNanoseconds: UInt64
    var busyPoll: BusyPoll
    var isStopping = false
    var hasAnnouncedStop = false
    /// Why the loop ends although nobody asked it to.
    var failure: SystemError?

    init(nowNanoseconds: UInt64, busyPoll: BusyPoll) {
        self.nowNanoseconds = nowNanoseconds
        self.busyPoll = busyPoll
    }
}

// MARK: - The turn

extension LoopCore {
    /// Turns until the loop was asked to stop and nothing is left.
    func run() {
        repeat { turn() } while !isFinished
    }

    /// Submit, wait, reap; then callbacks, timers, mailbox, jobs, turn handlers; then submit (house rule 24).
    private func turn() {
        let on = OnReactor(self)
        waitForEvents()
        state.value.nowNanoseconds = port.clock.nowNanoseconds()
        counters.turns.add()
        runCompletions(on)
        runTimers(on)
        runMailbox(on)
        runJobs()
        connector.deliverResults(on)
        runTurnHandlers(on)
        backend.submit()
        for _ in 0..<ReactorLimits.submissionRoundsPerTurn where backend.hasCompletions {
            // What the submission completed at once needs no trip to the kernel.
            runCompletions(on)
            runTurnHandlers(on)
            // Also in the last round: what isn't submitted before sleeping is forgotten.
            backend.submit()
        }
        if isStopping { closeEverything(on) }
        updateFigures()
    }

    private func runCompletions(_ on: borrowing OnReactor) {
        while dispatchNextCompletion(on) { backend.recycle() }
    }

    private func runTimers(_ on: borrowing OnReactor) {
        if isStopping { return }
        for _ in 0..<ReactorLimits.timersPerTurn {
            guard let (id, target) = state.value.timers.popExpired(nowNanoseconds: nowNanoseconds) else { return }
            counters.timersFired.add()
            switch target {
            case .handler(let handler): handler.timerDidFire(id, on)
            case .connect(let id): connector.timerDidFire(id)
            }
        }
    }

    private func runMailbox(_ on: borrowing OnReactor) {
        guard mailbox.mayHaveContents else { return }
        mailbox.exchange(&state.value.inbox)
        for job in state.value.inbox.jobs { state.value.jobs.append(job) }
        for handler in state.value.inbox.turnHandlers { state.value.turnHandlers.append(handler) }
        if state.value.inbox.isStopRequested { state.value.isStopping = true }
        if !state.value.inbox.work.isEmpty {
            // Callbacks may have taken long: a deadline that another thread asks for meanwhile begins when it asks.
            state.value.nowNanoseconds = port.clock.nowNanoseconds()
            for work in state.value.inbox.work { work(on) }
        }
        state.value.inbox.removeAll()
    }

    private func runJobs() {
        for _ in 0..<ReactorLimits.jobsPerTurn {
            guard let job = state.value.jobs.popFirst() else { return }
            counters.jobsRun.add()
            job.run()
        }
    }

    /// Handlers that schedule themselves again run in the next turn.
    private func runTurnHandlers(_ on: borrowing OnReactor) {
        for _ in 0..<state.value.turnHandlers.count { state.value.turnHandlers.popFirst()?.runTurn(on) }
    }

    func schedule(_ handler: any TurnHandler) { state.value.turnHandlers.append(handler) }
    func enqueue(_ job: TaggedJob) { state.value.jobs.append(job) }
}

// MARK: - Waiting

extension LoopCore {
    private var hasWork: Bool {
        backend.hasCompletions || !state.value.jobs.isEmpty || !state.value.turnHandlers.isEmpty
            || !state.value.attempts.finished.isEmpty || mailbox.mayHaveContents
    }

    private func waitForEvents() {
        if hasWork || isStopping && state.value.streams.count == 0 { return poll() }
        guard state.value.busyPoll.isEnabled else { return sleep() }
        let start = port.clock.nowNanoseconds()
        if pollBusily(from: start) { return }
        sleep()
        state.value.busyPoll.didSleep(idleNanoseconds: port.clock.nowNanoseconds() &- start)
    }

    /// Waits in the kernel until something happens or a timer is due.
    private func sleep() {
        let timeout = timeoutNanoseconds()
        if timeout == 0 { return poll() }
        guard mailbox.announceSleep() else { return poll() }
        if wait(timeoutNanoseconds: timeout) { counters.wakeups.add() }
        counters.waits.add()
    }

    private func poll() { _ = wait(timeoutNanoseconds: 0) }

    private func wait(timeoutNanoseconds: UInt64?) -> Bool {
        guard state.value.failure == nil else { return false }
        do throws(SystemError) {
            return try backend.wait(timeoutNanoseconds: timeoutNanoseconds)
        } catch {
            fail(error)
            return false
        }
    }

    /// Nil: no deadline. The clock is read again: the turn may have taken a while.
    private func timeoutNanoseconds() -> UInt64? {
        guard !isStopping, let deadline = state.value.timers.nextDeadlineNanoseconds else { return nil }
        let now = port.clock.nowNanoseconds()
        return deadline > now ? deadline - now : 0
    }

    /// Polls for a bounded time; true when there is something to do.
    private func pollBusily(from start: UInt64) -> Bool {
        let end = start &+ state.value.busyPoll.currentNanoseconds
        let limit = min(end, state.value.timers.nextDeadlineNanoseconds ?? .max)
        repeat {
            counters.busyPolls.add()
            poll()
            if hasWork || isStopping { return true }
        } while port.clock.nowNanoseconds() < limit
        return limit < end
    }

    /// The figures of the pool, which belong to several threads, and of the timers: looked at once per turn.
    private func updateFigures() {
        counters.blockPoolMisses.set(pool.misses)
        counters.blocksLent.set(UInt64(pool.lentCountAtMost))
        counters.timers.set(UInt64(truncatingIfNeeded: state.value.timers.count))
    }

    func currentStatistics() -> ReactorStatistics {
        updateFigures()
        return port.statistics
    }
}

// MARK: - The end

extension LoopCore {
    /// Nothing is left, and nothing can come any more.
    private var isFinished: Bool {
        guard isStopping, state.value.streams.count == 0, state.value.attempts.isEmpty else { return false }
        return state.value.jobs.isEmpty && state.value.turnHandlers.isEmpty && !backend.hasCompletions
            && mailbox.closeIfEmpty()
    }

    /// Somebody closed the descriptor that the loop waits with. A daemon must survive that: everything ends in order, with
    /// this error as its cause.
    private func fail(_ error: SystemError) {
        state.value.failure = error
        state.value.isStopping = true
        port.announce { $0.failure = error }
        port.loopDidFail(stopError)
    }

    /// What callers get while the loop ends.
    var stopError: ReactorError {
        guard let failure = state.value.failure else { return .stopped }
        return ReactorError(
            .stopped, "the event loop has ended because its descriptor was closed by other code; make a new event loop",
            underlying: failure)
    }

    private func closeEverything(_ on: borrowing OnReactor) {
        announceStop(on)
        connector.stop(stopError)
        for stream in state.value.streams.elements where !stream.isClosing {
            if let failure = state.value.failure { end(stream, .failed(failure, during: .receive), on) }
            close(stream.id, hard: false)
        }
    }

    /// Once. From here on no timer fires: whoever counts on one must know.
    private func announceStop(_ on: borrowing OnReactor) {
        guard !state.value.hasAnnouncedStop else { return }
        state.value.hasAnnouncedStop = true
        for target in state.value.timers.targets {
            if case .handler(let handler) = target { handler.loopWillStop(on) }
        }
    }
}
