import NATSProtocol
import Reactor

extension ConnectionCore {
    /// Registers a request and stages its publish under one lock. The reactor is woken by ``awaitReply(_:)``, when
    /// the caller is about to suspend, so that the reply rarely finds nobody.
    ///
    /// - Returns: `nil` when the inbox for replies isn't subscribed yet.
    func startRequest(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, timeoutNanoseconds: UInt64
    ) throws(NATSError) -> WaiterID? {
        switch stageRequest(subject, payload, headers, timeoutNanoseconds) {
        case .success(let id): return id
        case .failure(.inboxRefused): return nil
        case .failure(let refusal): throw error(for: refusal, subject: subject, reply: nil, headers: headers)
        }
    }

    /// The same after the inbox was subscribed: without one now, the server has refused it.
    func startRequestWithInbox(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, timeoutNanoseconds: UInt64
    ) throws(NATSError) -> WaiterID {
        switch stageRequest(subject, payload, headers, timeoutNanoseconds) {
        case .success(let id): return id
        case .failure(let refusal): throw error(for: refusal, subject: subject, reply: nil, headers: headers)
        }
    }

    private func stageRequest(
        _ subject: String, _ payload: Span<UInt8>, _ headers: Headers?, _ timeoutNanoseconds: UInt64
    ) -> Result<WaiterID, PublishRefusal> {
        if loop.isForkedChild { return .failure(.usedAfterFork) }
        guard SubjectValidation.validatePublish(subject.utf8Span.span) == nil else { return .failure(.invalidSubject) }
        let deadline = Timestamp(nanoseconds: loop.nowNanoseconds())
            .advanced(byNanoseconds: timeoutNanoseconds)
        guard let headers else {
            stage.lock()
            defer { stage.unlock() }
            return stage.value.startRequest(subject: subject, headers: Span(), payload: payload, deadline: deadline)
        }
        guard headers.defect == nil else { return .failure(.invalidHeaders) }
        stage.lock()
        defer { stage.unlock() }
        return stage.value.startRequest(
            subject: subject, headers: headers.publishedBytes, payload: payload, deadline: deadline)
    }

    /// `nil`: the connection's default.
    func requestTimeoutNanoseconds(_ timeout: Duration?) -> UInt64 {
        timeout?.clampedNanoseconds ?? defaultRequestTimeoutNanoseconds
    }

    func awaitReply(_ id: WaiterID) async throws -> Message {
        try await withTaskCancellationHandler {
            try await suspend { (suspension: Suspension<Message>) in
                stage.lock()
                let early = stage.value.suspendWaiter(id, bits: suspension.bits)
                let driver = stage.value.driverToWakeForRequest()
                stage.publishAndUnlock()
                if let driver { loop.schedule(driver) }
                if let early { suspension.resume(early) }
            }
        } onCancel: {
            complete(id, .failed(CancellationError()))
        }
    }
}

extension OutboundStage {
    /// Registers the waiter and encodes the publish with its token; undoes the first if the second is refused.
    mutating func startRequest(
        subject: String, headers: Span<UInt8>, payload: Span<UInt8>, deadline: Timestamp
    ) -> Result<WaiterID, PublishRefusal> {
        guard driver != nil else { return .failure(.closed) }
        // The server may have refused the inbox since the caller looked. Other states refuse for their own reason.
        guard !requestInbox.isEmpty || acceptance != .open else { return .failure(.inboxRefused) }
        guard let id = insertWaiter(.request, subject: subject, deadline: deadline) else {
            return .failure(.tooManyWaiters)
        }
        if let refusal = publishRequest(
            id, subject: subject.utf8Span.span, headers: headers, payload: payload)
        {
            _ = waiters.remove(id)
            return .failure(refusal)
        }
        if deadline < armedDeadline {
            armedDeadline = deadline
            needsTimer = true
        }
        return .success(id)
    }

    /// The driver to schedule for a staged request and its deadline.
    mutating func driverToWakeForRequest() -> ConnectionDriver? {
        guard !isScheduled || needsTimer else { return nil }
        isScheduled = true
        needsTimer = false
        return driver
    }
}
