public final class EventLoopTaskExecutor: TaskExecutor {
    public func enqueue(_ job: consuming ExecutorJob) {}
}
public final class EventLoopSerialExecutor: SerialExecutor {
    public func enqueue(_ job: consuming ExecutorJob) {}
}
