/// Runs tasks on the thread of an event loop: `withTaskExecutorPreference(loop.taskExecutor) { … }` or
/// `Task(executorPreference:)`.
///
/// Such a task is resumed by the loop itself: no allocation, no switch to another thread. The price: while it computes, no
/// socket of the loop is served, so never block in it. The first job starts the loop. When the loop has ended, jobs run on the
/// thread that brings them, so no task hangs.
///
/// Two executors and not one object that is both: a job must be run by the executor that it was enqueued on.
public final class EventLoopTaskExecutor: TaskExecutor {
    private let port: LoopPort
    init(port: LoopPort) { self.port = port }

    public func enqueue(_ job: consuming ExecutorJob) {
        port.enqueue(TaggedJob(job: UnownedJob(job), executor: .task(self)))
    }
}

/// Runs actors on the thread of an event loop: return `asUnownedSerialExecutor()` from an actor's `unownedExecutor`.
///
/// The same thread and queue as the loop's `taskExecutor`, and the same price: never block in such an actor.
public final class EventLoopSerialExecutor: SerialExecutor {
    private let port: LoopPort
    init(port: LoopPort) { self.port = port }

    public func enqueue(_ job: consuming ExecutorJob) {
        port.enqueue(TaggedJob(job: UnownedJob(job), executor: .serial(self)))
    }

    /// Traps unless the caller runs on the loop's thread. `assumeIsolated` uses it.
    public func checkIsolated() {
        precondition(LoopIdentity.isOwner(port), "not on the thread of this event loop")
    }
}
