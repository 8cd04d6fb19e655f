// Unsafe invariant: executors hand out unowned references of themselves; the record keeps them alive while the job runs.
/// A job of Swift concurrency and the executor that it was given to. A job must be told which one runs it: with the wrong one it
/// hops again.
struct TaggedJob: Sendable {
    enum Executor: Sendable {
        case task(EventLoopTaskExecutor)
        case serial(EventLoopSerialExecutor)
    }

    let job: UnownedJob
    let executor: Executor

    func run() {
        switch executor {
        case .task(let executor): unsafe job.runSynchronously(on: executor.asUnownedTaskExecutor())
        case .serial(let executor): unsafe job.runSynchronously(on: executor.asUnownedSerialExecutor())
        }
    }
}
