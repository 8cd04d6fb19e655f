/// The state of a loop. Made on the loop's thread and touched only there.
final class LoopCore {
    let port: LoopPort
    let pool: BlockPool
    let backend: any CompletionBackend
    var timers = TimerHeap<TimerTarget>()
    var streams = SlotTable<StreamRecord>()
    private(set) var nowNanoseconds = MonotonicTime.nowNanoseconds()
    private(set) lazy var connector = Connector(core: self)

    /// What the mailbox brought; its arrays are swapped with the mailbox's.
    private var inbox = Mailbox.Contents()
    private var jobs = Queue<TaggedJob>()
    private var turnHandlers: [any TurnHandler] = []
    private var runningTurnHandlers: [any TurnHandler] = []
    private(set) var isStopping = false
    private var hasAnnouncedStop = false
    /// Why the loop ends although nobody asked it to.
    private(set) var failure: SystemError?
    private var busyPoll: BusyPoll
    var statistics = ReactorStatistics()

    init(port: LoopPort, wakeDescriptor: Int32) throws(ReactorError) {
        let configuration = port.configuration
        self.port = port
        pool = BlockPool(
            blockSize: max(configuration.receiveBlockSize, ReactorLimits.receiveBlockSizeMinimum),
            capacity: max(configuration.receiveBlockCount, ReactorLimits.receiveBlockCountMinimum))
        busyPoll = BusyPoll(budgetNanoseconds: configuration.busyPoll.clampedNanoseconds)
        let selection = BackendSelection(configuration: configuration, wakeDescriptor: wakeDescriptor, pool: pool)
        let (backend, report) = try selection.make()
        self.backend = backend
        statistics.backend = report
        if let cpu = configuration.cpu {
            do throws(SystemError) {
                try ReactorThread.pin(to: cpu)
            } catch {
                statistics.pinningFailure = error
            }
        }
        port.publish(statistics)
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
        nowNanoseconds = MonotonicTime.nowNanoseconds()
        statistics.turns &+= 1
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
        port.publish(currentStatistics())
    }

    private func runCompletions(_ on: borrowing OnReactor) {
        while dispatchNextCompletion(on) { backend.recycle() }
    }

    private func runTimers(_ on: borrowing OnReactor) {
        if isStopping { return }
        for _ in 0..<ReactorLimits.timersPerTurn {
            guard let (id, target) = timers.popExpired(nowNanoseconds: nowNanoseconds) else { return }
            statistics.timersFired &+= 1
            switch target {
            case .handler(let handler): handler.timerDidFire(id, on)
            case .connect(let id): connector.timerDidFire(id)
            }
        }
    }

    private func runMailbox(_ on: borrowing OnReactor) {
        guard port.mailbox.mayHaveContents else { return }
        port.mailbox.exchange(&inbox)
        for job in inbox.jobs { jobs.append(job) }
        inbox.jobs.removeAll(keepingCapacity: true)
        turnHandlers.append(contentsOf: inbox.turnHandlers)
        inbox.turnHandlers.removeAll(keepingCapacity: true)
        if inbox.isStopRequested { isStopping = true }
        inbox.isStopRequested = false
        for work in inbox.work { work(on) }
        inbox.work.removeAll(keepingCapacity: true)
    }

    private func runJobs() {
        for _ in 0..<ReactorLimits.jobsPerTurn {
            guard let job = jobs.popFirst() else { return }
            statistics.jobsRun &+= 1
            job.run()
        }
    }

    /// Handlers that schedule themselves again run in the next turn.
    private func runTurnHandlers(_ on: borrowing OnReactor) {
        guard !turnHandlers.isEmpty else { return }
        swap(&turnHandlers, &runningTurnHandlers)
        for handler in runningTurnHandlers { handler.runTurn(on) }
        runningTurnHandlers.removeAll(keepingCapacity: true)
    }

    func schedule(_ handler: any TurnHandler) { turnHandlers.append(handler) }
    func enqueue(_ job: TaggedJob) { jobs.append(job) }
}

// MARK: - Waiting

extension LoopCore {
    private var hasWork: Bool {
        backend.hasCompletions || !jobs.isEmpty || !turnHandlers.isEmpty || connector.hasResults
            || port.mailbox.mayHaveContents
    }

    private func waitForEvents() {
        if hasWork || isStopping && streams.count == 0 { return poll() }
        if busyPoll.isEnabled, pollBusily() { return }
        let timeout = timeoutNanoseconds()
        if timeout == 0 { return poll() }
        guard port.mailbox.announceSleep() else { return poll() }
        if wait(timeoutNanoseconds: timeout) { statistics.wakeups &+= 1 }
        statistics.waits &+= 1
    }

    private func poll() { _ = wait(timeoutNanoseconds: 0) }

    private func wait(timeoutNanoseconds: UInt64?) -> Bool {
        guard failure == nil else { return false }
        do throws(SystemError) {
            return try backend.wait(timeoutNanoseconds: timeoutNanoseconds)
        } catch {
            fail(error)
            return false
        }
    }

    /// Nil: no deadline. The clock is read again: the turn may have taken a while.
    private func timeoutNanoseconds() -> UInt64? {
        guard !isStopping, let deadline = timers.nextDeadlineNanoseconds else { return nil }
        let now = MonotonicTime.nowNanoseconds()
        return deadline > now ? deadline - now : 0
    }

    /// Polls for a bounded time; true when there is something to do.
    private func pollBusily() -> Bool {
        let start = MonotonicTime.nowNanoseconds()
        let end = start &+ busyPoll.currentNanoseconds
        let limit = min(end, timers.nextDeadlineNanoseconds ?? .max)
        repeat {
            statistics.busyPolls &+= 1
            poll()
            if hasWork || isStopping {
                busyPoll.didFindWork()
                return true
            }
        } while MonotonicTime.nowNanoseconds() < limit
        if limit < end { return true }
        busyPoll.didFindNothing()
        return false
    }

    func currentStatistics() -> ReactorStatistics {
        let counters = backend.takeCounters()
        statistics.systemCalls &+= counters.systemCalls
        statistics.bufferStarvations &+= counters.bufferStarvations
        statistics.blockPoolMisses = pool.misses
        statistics.blocksLent = pool.lentCountAtMost
        statistics.openStreams = streams.count
        return statistics
    }
}

// MARK: - The end

extension LoopCore {
    /// Nothing is left, and nothing can come any more.
    private var isFinished: Bool {
        guard isStopping, streams.count == 0, !connector.hasResults, connector.isIdle else { return false }
        return jobs.isEmpty && turnHandlers.isEmpty && !backend.hasCompletions && port.mailbox.closeIfEmpty()
    }

    /// Somebody closed the descriptor that the loop waits with. A daemon must survive that: everything ends in order, with
    /// this error as its cause.
    private func fail(_ error: SystemError) {
        failure = error
        statistics.failure = error
        isStopping = true
        port.loopDidFail(stopError)
    }

    /// What callers get while the loop ends.
    var stopError: ReactorError {
        guard let failure else { return .stopped }
        return ReactorError(
            .stopped, "the event loop has ended because its descriptor was closed by other code; make a new event loop",
            underlying: failure)
    }

    private func closeEverything(_ on: borrowing OnReactor) {
        announceStop(on)
        connector.stop(stopError)
        for stream in streams.elements where !stream.isClosing {
            if let failure { end(stream, .failed(failure, during: .receive), on) }
            close(stream.id, hard: false)
        }
    }

    /// Once. From here on no timer fires: whoever counts on one must know.
    private func announceStop(_ on: borrowing OnReactor) {
        guard !hasAnnouncedStop else { return }
        hasAnnouncedStop = true
        for target in timers.targets {
            if case .handler(let handler) = target { handler.loopWillStop(on) }
        }
    }
}
