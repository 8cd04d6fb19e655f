import Dispatch
import Synchronization

/// The main thread, which starts a task and then does what tasks ask it to do.
///
/// Not an asynchronous `main`, which hands the main thread over to libdispatch.
enum MainThread {
    private static let work = Mutex<[@Sendable () -> Void]>([])
    private static let arrivals = DispatchSemaphore(value: 0)

    /// Runs a task, on this executor if there is one, and serves until it ends. Call it on the main thread.
    static func serve<Value: Sendable>(
        on executor: (any TaskExecutor)?, _ operation: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let end = End<Value>()
        Task.detached(executorPreference: executor) {
            do {
                let value = try await operation()
                end.result.withLock { $0 = .success(value) }
            } catch {
                end.result.withLock { $0 = .failure(error) }
            }
            arrivals.signal()
        }
        while true {
            arrivals.wait()
            if let result = end.result.withLock({ $0 }) { return try result.get() }
            for body in work.withLock({ exchange(&$0, with: []) }) { body() }
        }
    }

    /// Runs `body`, which may block, on the main thread.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            work.withLock { $0.append { continuation.resume(returning: body()) } }
            arrivals.signal()
        }
    }

    private final class End<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }
}
