internal import Synchronization

/// What threads other than the loop's see of a loop: its life cycle, its mailbox, and its published figures.
///
/// The loop's thread and the executors hold the port, not the `EventLoop`; so the loop ends when its last user is gone.
/// Sendable although unchecked: `core` is touched on the loop's thread only (every access first compares the thread), and the
/// rest is immutable or behind a lock.
final class LoopPort: @unchecked Sendable {
    private enum Phase {
        case idle
        case running(ReactorThread)
        /// On the thread of whoever called `runHere`.
        case runningHere
        /// The thread ends; it is there to be joined. The error is what callers get.
        case stopping(ReactorThread, ReactorError)
        case stopped(ReactorError)
    }

    let configuration: EventLoop.Configuration
    let clock: LoopClock
    let mailbox = Mailbox()
    let forkPage: ForkPage
    private let phase = Mutex(Phase.idle)
    /// True while the thread takes work; spares the mutex.
    private let isStarted = Atomic<Bool>(false)
    let counters = LoopCounters()
    private let announced = Mutex(LoopAnnouncement())
    private let orphans = OrphanedJobs()
    /// Set while the loop's thread runs.
    private let core = Pinned<LoopCore?>(nil)

    init(configuration: EventLoop.Configuration, forkPage: ForkPage) {
        self.configuration = configuration
        clock = LoopClock(configuration)
        self.forkPage = forkPage
    }

    deinit {
        guard !forkPage.isForkedChild else { return }
        phase.withLock { phase in
            switch phase {
            case .running(let thread), .stopping(let thread, _): thread.detach()
            case .idle, .runningHere, .stopped: break
            }
        }
    }

    /// The loop's state, if this is its thread.
    var coreOnThread: LoopCore? { LoopIdentity.isOwner(self) ? core.value : nil }
}

// MARK: - Life cycle

extension LoopPort {
    func start() throws(ReactorError) {
        if forkPage.isForkedChild { throw .usedAfterFork }
        if isStarted.load(ordering: .acquiring) { return }
        // Everybody who starts at the same time waits here for the same answer.
        let result: Outcome<Void> = phase.withLock { phase in
            switch phase {
            case .running, .runningHere: return .success(())
            case .stopping(_, let error), .stopped(let error): return .failure(error)
            case .idle:
                do throws(ReactorError) {
                    phase = .running(try launch())
                    isStarted.store(true, ordering: .releasing)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
        }
        try result.get()
    }

    func stop() {
        if forkPage.isForkedChild { return }
        phase.withLock { phase in
            isStarted.store(false, ordering: .releasing)
            switch phase {
            case .idle:
                phase = .stopped(.stopped)
                _ = mailbox.closeIfEmpty()
            case .running(let thread):
                phase = .stopping(thread, .stopped)
                mailbox.postStop()
            case .runningHere:
                phase = .stopped(.stopped)
                mailbox.postStop()
            case .stopping, .stopped: break
            }
        }
    }

    /// The loop ends by itself. Called on its thread.
    func loopDidFail(_ error: ReactorError) {
        phase.withLock { phase in
            isStarted.store(false, ordering: .releasing)
            switch phase {
            case .running(let thread): phase = .stopping(thread, error)
            case .runningHere: phase = .stopped(error)
            case .idle, .stopping, .stopped: break
            }
        }
    }

    /// Why the loop takes nothing any more.
    private var stopError: ReactorError {
        phase.withLock { phase in
            switch phase {
            case .stopping(_, let error), .stopped(let error): error
            case .idle, .running, .runningHere: .stopped
            }
        }
    }

    /// Waits until the thread of a loop that was stopped has ended. Returns at once on the loop's own thread.
    func join() {
        if forkPage.isForkedChild || LoopIdentity.isOwner(self) { return }
        let thread: ReactorThread? = phase.withLock { phase in
            guard case .stopping(let thread, let error) = phase else { return nil }
            phase = .stopped(error)
            return thread
        }
        thread?.join()
    }

    /// Starts the thread and waits until it has its backend.
    private func launch() throws(ReactorError) -> ReactorThread {
        let startup = Startup()
        let thread: ReactorThread
        do throws(SystemError) {
            let descriptor = try mailbox.open()
            thread = try ReactorThread.start { [self] in run(startup, wakeDescriptor: descriptor) }
        } catch {
            mailbox.closeWakeDescriptor()
            throw ReactorError(
                .exhausted, "the event loop's thread can't be started: raise the limit of descriptors or threads",
                underlying: error)
        }
        startup.isDone.wait()
        guard let error = startup.failure.withLock({ $0 }) else { return thread }
        thread.join()
        mailbox.closeWakeDescriptor()
        throw error
    }

    /// Turns on the calling thread, which gets no other, until somebody stops the loop; `work` comes first. A simulation lives
    /// thousands of loops in a second, and has nothing to wait for in another thread.
    func runHere(_ work: @escaping Work) throws(ReactorError) {
        let descriptor = try beginHere()
        _ = mailbox.post(work)
        let startup = Startup()
        run(startup, wakeDescriptor: descriptor)
        LoopIdentity.releaseThread()
        if let error = startup.failure.withLock({ $0 }) { throw error }
    }

    /// Makes the calling thread that of a loop which nobody has started yet.
    private func beginHere() throws(ReactorError) -> Int32 {
        let result: Outcome<Int32> = phase.withLock { phase in
            switch phase {
            case .stopping(_, let error), .stopped(let error): return .failure(error)
            case .running, .runningHere: return .failure(ReactorError(.invalidArgument, "the event loop runs already"))
            case .idle:
                do throws(SystemError) {
                    let descriptor = try mailbox.open()
                    phase = .runningHere
                    isStarted.store(true, ordering: .releasing)
                    return .success(descriptor)
                } catch {
                    return .failure(
                        ReactorError(
                            .exhausted, "the event loop can't be started: raise the limit of descriptors", underlying: error))
                }
            }
        }
        return try result.get()
    }

    /// The whole life of the thread.
    private func run(_ startup: Startup, wakeDescriptor: Int32) {
        LoopIdentity.claimThread(for: self)
        ReactorThread.setName(configuration.name)
        let loop: LoopCore
        do throws(ReactorError) {
            loop = try LoopCore(port: self, wakeDescriptor: wakeDescriptor)
        } catch {
            startup.failure.withLock { $0 = error }
            startup.isDone.set()
            return
        }
        core.value = loop
        startup.isDone.set()
        loop.run()
        core.value = nil
        mailbox.closeWakeDescriptor()
    }

    /// How a start went.
    private final class Startup: Sendable {
        let isDone = Signal()
        let failure = Mutex<ReactorError?>(nil)
    }
}

// MARK: - Work

extension LoopPort {
    func execute(_ work: @escaping Work) throws(ReactorError) {
        try start()
        guard mailbox.post(work) else { throw stopError }
    }

    /// Posts without starting the loop; dropped when the loop has ended.
    func post(_ work: @escaping Work) { _ = mailbox.post(work) }

    func schedule(_ handler: any TurnHandler) {
        if let core = coreOnThread { return core.schedule(handler) }
        guard (try? start()) != nil else { return }
        _ = mailbox.post(handler)
    }

    /// Queues a job. A job must run, whatever happens: when there is no loop, the calling thread runs it.
    func enqueue(_ job: TaggedJob) {
        if let core = coreOnThread { return core.enqueue(job) }
        // In a forked child no lock may be taken, and no thread would ever run it.
        if forkPage.isForkedChild { return }
        if (try? start()) != nil, mailbox.post(job) { return }
        orphans.run(job)
    }
}

// MARK: - Figures

extension LoopPort {
    func announce(_ change: (inout LoopAnnouncement) -> Void) { announced.withLock { change(&$0) } }

    var statistics: ReactorStatistics {
        if forkPage.isForkedChild { return ReactorStatistics() }
        return ReactorStatistics(counters, announced.withLock { $0 }, eventfdWrites: mailbox.eventfdWrites)
    }
}
