internal import Synchronization

/// Runs the jobs of a loop that has ended, or can't start: one after the other, on the threads that bring them. Otherwise a task
/// that prefers the loop would hang for ever.
final class OrphanedJobs: Sendable {
    private struct State {
        var jobs: [TaggedJob] = []
        var isRunning = false
    }

    private let state = Mutex(State())

    /// Runs the job, unless another thread is running jobs: then that thread runs it.
    func run(_ job: TaggedJob) {
        let isRunner = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isRunner else { return }
        while let next = takeNext() { next.run() }
    }

    private func takeNext() -> TaggedJob? {
        state.withLock { state in
            if state.jobs.isEmpty {
                state.isRunning = false
                return nil
            }
            return state.jobs.removeFirst()
        }
    }
}
