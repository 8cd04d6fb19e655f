import Synchronization
package import Testing

/// Thrown by `withDeadline` and `eventually` when the time is over; the issue is recorded already.
package struct DeadlineExceeded: Error, CustomStringConvertible {
    package let description: String
}

/// Runs `body` and fails the test, instead of hanging it, when `body` has not ended within `limit`.
///
/// `body` is cancelled then, but not waited for: an operation that ignores cancellation can't hang the test either.
/// Put the deadline inside `withNATSServer`, whose start may have to wait for its turn.
package func withDeadline<Value: Sendable>(
    _ limit: Duration,
    _ what: String = "the operation",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let race = FirstResult<Value>()
    let work = Task {
        do { race.offer(.success(try await body())) } catch { race.offer(.failure(error)) }
    }
    let timer = Task {
        try await Task.sleep(for: limit * Patience.factor)
        race.offer(.failure(DeadlineExceeded(description: "\(what) did not end within \(limit)")))
    }
    defer { timer.cancel() }
    do {
        return try await withTaskCancellationHandler {
            try await race.value()
        } onCancel: {
            work.cancel()
        }
    } catch let error as DeadlineExceeded {
        work.cancel()
        Issue.record(error, sourceLocation: sourceLocation)
        throw error
    }
}

/// Keeps the first of several results and hands it to one waiter.
final class FirstResult<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, any Error>)
        case decided(Result<Value, any Error>)
    }

    private let state = Mutex<State>(.empty)

    /// Decides the race, unless it is decided already.
    func offer(_ result: Result<Value, any Error>) {
        let waiter: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .empty:
                state = .decided(result)
                return nil
            case .awaited(let continuation):
                state = .decided(result)
                return continuation
            case .decided:
                return nil
            }
        }
        waiter?.resume(with: result)
    }

    /// Waits for the first result. One caller only.
    func value() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let decided: Result<Value, any Error>? = state.withLock { state in
                if case .decided(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let decided { continuation.resume(with: decided) }
        }
    }
}
