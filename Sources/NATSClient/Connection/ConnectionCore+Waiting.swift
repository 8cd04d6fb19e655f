import NATSProtocol
import Reactor
import Synchronization

extension ConnectionCore {
    /// Suspends the calling task until the waiter that `begin` sets to work is completed: by a result, its deadline,
    /// the connection's close, or cancellation. Every waiter is completed exactly once.
    ///
    /// - Parameter beginsAlways: run `begin` also in a task that is cancelled already, for what must happen all the
    ///   same: closing and draining.
    func wait(
        _ kind: WaiterKind, subject: String = "", deadline: Timestamp, beginsAlways: Bool = false,
        begin: @Sendable (ConnectionCore, WaiterID) -> Void
    ) async throws {
        let id = try register(kind, subject: subject, deadline: deadline)
        try await withTaskCancellationHandler {
            try await suspend { (suspension: Suspension<Void>) in
                let early = install(suspension.bits, for: id)
                if early == nil || beginsAlways { begin(self, id) }
                if let early { suspension.resume(early) }
            }
        } onCancel: {
            complete(id, .failed(CancellationError()))
        }
    }

    func register(_ kind: WaiterKind, subject: String, deadline: Timestamp) throws -> WaiterID {
        guard !loop.isForkedChild else {
            throw error(for: .usedAfterFork, subject: subject, reply: nil, headers: nil)
        }
        stage.lock()
        let isClosed = stage.value.driver == nil
        let id = isClosed ? nil : stage.value.insertWaiter(kind, subject: subject, deadline: deadline)
        let driver = id == nil ? nil : stage.value.driverToSchedule(for: deadline)
        stage.publishAndUnlock()
        if let driver { loop.schedule(driver) }
        if isClosed { throw closedError(subject: subject.isEmpty ? nil : subject) }
        guard let id else { throw error(for: .tooManyWaiters, subject: subject, reply: nil, headers: nil) }
        return id
    }

    private func install(_ bits: UInt, for id: WaiterID) -> Completion? {
        stage.lock()
        defer { stage.publishAndUnlock() }
        return stage.value.suspendWaiter(id, bits: bits)
    }

    /// Completes a waiter, from any thread. Nothing happens when it has been completed before.
    func complete(_ id: WaiterID, _ completion: Completion) {
        guard !loop.isForkedChild else { return }
        stage.lock()
        let waiter = stage.value.complete(id, completion)
        stage.publishAndUnlock()
        waiter?.resume(completion)
    }

    func deadline(after timeout: Duration) -> Timestamp {
        Timestamp(nanoseconds: loop.nowNanoseconds())
            .advanced(byNanoseconds: timeout.clampedNanoseconds)
    }

    /// Runs `action` at the deadline unless it is cancelled before.
    ///
    /// - Parameter kind: `.timeout` for a call that waits, `.timer` if none does.
    func scheduleTimeout(
        _ deadline: Timestamp, kind: WaiterKind = .timeout, _ action: @escaping @Sendable () -> Void
    ) throws -> WaiterID {
        // The actions' lock is held while registering, so that a deadline that passes at once finds its action.
        try timeoutActions.withLock { actions in
            let id = try register(kind, subject: "", deadline: deadline)
            actions[id] = action
            return id
        }
    }

    func cancelTimeout(_ id: WaiterID) {
        _ = timeoutActions.withLock { $0.removeValue(forKey: id) }
        complete(id, .done)
    }

    /// Suspends for a while. Ends early with the task's cancellation or the connection's close.
    func pause(_ duration: Duration) async throws {
        try await wait(.pause, deadline: deadline(after: duration)) { _, _ in }
    }

    /// The error of a call whose deadline passed.
    func timeoutError(_ waiter: Waiter) -> NATSError {
        let subject = waiter.subject.isEmpty ? nil : waiter.subject
        let what =
            switch waiter.waiterKind {
            case .request: "no reply came in time; a responder exists, but it didn't answer"
            case .flush: "the server didn't confirm in time that it has everything"
            case .room: "the outbound buffer stayed full: the server takes messages slower than they are published"
            case .subscribe: "the server didn't confirm the subscription in time"
            case .drainSubscription: "the subscription wasn't drained in time"
            case .publisher: "the server didn't acknowledge in time"
            // The session bounds a connect, a drain and a close; a pause and a timeout are no calls.
            case .connect, .drain, .close, .pause, .timeout, .timer: "the deadline passed"
            }
        let code: NATSError.Code = waiter.waiterKind == .room ? .outboundFull : .timedOut
        return NATSError(code, what, server: snapshot.withLock { $0.server?.location }, subject: subject)
    }
}
