// Unsafe invariant: the executor is immortal (`shared`), so the unowned reference to it that a job gets stays valid.
internal import Synchronization

/// Runs tasks that may block: files, secrets, what users provide. `Task(executorPreference: HelperExecutor.shared)`.
///
/// Its threads exist while there is something to run, a few at most. So nothing of ours blocks the loop or Swift's pool, and
/// nothing is left when all is done: the pool of a process that has used it once wakes up every second.
package final class HelperExecutor: TaskExecutor {
    package static let shared = HelperExecutor()

    private struct State {
        var jobs: [UnownedJob] = []
        var threadCount = 0
    }

    private let state = Mutex(State())

    private init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustStart = state.withLock { state in
            state.jobs.append(job)
            guard state.threadCount < ReactorLimits.helperThreadsMax else { return false }
            state.threadCount += 1
            return true
        }
        if mustStart { startThread() }
    }

    private func startThread() {
        do throws(SystemError) {
            let thread = try ReactorThread.start { [self] in
                ReactorThread.setName("reactor-helper")
                runAll()
            }
            thread.detach()
        } catch {
            // No thread is to be had: better a caller that waits than a task that hangs.
            runAll()
        }
    }

    private func runAll() {
        while let job = takeNext() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func takeNext() -> UnownedJob? {
        state.withLock { state in
            guard state.jobs.isEmpty else { return state.jobs.removeFirst() }
            state.threadCount -= 1
            return nil
        }
    }
}
