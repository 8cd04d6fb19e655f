import NATSProtocol
import Reactor
import Synchronization

/// Waits for work that may block, on a helper thread: until it ends, the deadline passes, the caller is cancelled or the loop
/// stops, whichever is first. What is late goes on alone, and its result is dropped.
final class HelperWait<Value: Sendable>: TimerHandler, Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value, any Error>?
        /// Set once. Kept for a caller that doesn't wait yet.
        var outcome: Result<Value, any Error>?
        var timer: TimerID?
    }

    private let state = Mutex(State())
    private let loop: EventLoop
    private let lateError: NATSError

    private init(_ loop: EventLoop, lateError: NATSError) {
        self.loop = loop
        self.lateError = lateError
    }

    /// What `work` returns or throws.
    ///
    /// - Throws: `lateError` after `timeout`, or at once when `quota` is used up; `CancellationError` at once when the caller's task is cancelled;
    ///   ``NATSError/Code/reactorUnavailable`` when the loop has stopped.
    static func result(
        on loop: EventLoop, quota: HelperQuota, within timeout: Duration, orThrow lateError: NATSError,
        of work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let wait = HelperWait(loop, lateError: lateError)
        let deadline = loop.nowNanoseconds().addingReportingOverflow(timeout.clampedNanoseconds)
        do throws(ReactorError) {
            try loop.execute { on in
                wait.startTimer(deadlineNanoseconds: deadline.overflow ? .max : deadline.partialValue, on)
            }
        } catch {
            throw NATSError(error)
        }
        let task = quota.start {
            let outcome = Result { try work() }
            return { wait.settle(outcome) }
        }
        if task == nil {
            wait.settle(.failure(NATSError(lateError.code, "\(lateError.message): \(HelperQuota.refusal)")))
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait.suspend($0) }
        } onCancel: {
            wait.settle(.failure(CancellationError()))
        }
    }

    private func suspend(_ continuation: CheckedContinuation<Value, any Error>) {
        let outcome = state.withLock { state in
            if state.outcome == nil { state.continuation = continuation }
            return state.outcome
        }
        if let outcome { continuation.resume(with: outcome) }
    }

    /// The first outcome counts.
    private func settle(_ outcome: Result<Value, any Error>) {
        let (isFirst, continuation) = state.withLock { state in
            guard state.outcome == nil else { return (false, nil as CheckedContinuation<Value, any Error>?) }
            state.outcome = outcome
            return (true, state.continuation.take())
        }
        guard isFirst else { return }
        // Runs behind the block that makes the timer. A loop that has ended has no timers.
        try? loop.execute { [self] on in destroyTimer(on) }
        continuation?.resume(with: outcome)
    }
}

// MARK: - The deadline

extension HelperWait {
    private func startTimer(deadlineNanoseconds: UInt64, _ on: borrowing OnReactor) {
        let timer = on.makeTimer(self)
        state.withLock { $0.timer = timer }
        on.setTimer(timer, deadlineNanoseconds: deadlineNanoseconds)
    }

    private func destroyTimer(_ on: borrowing OnReactor) {
        if let timer = state.withLock({ $0.timer.take() }) { on.destroyTimer(timer) }
    }

    func timerDidFire(_ id: TimerID, _ on: borrowing OnReactor) { settle(.failure(lateError)) }

    func loopWillStop(_ on: borrowing OnReactor) {
        settle(.failure(NATSError(.reactorUnavailable, "the event loop was shut down")))
    }
}
