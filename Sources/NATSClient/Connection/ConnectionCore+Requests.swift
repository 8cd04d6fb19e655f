import NATSProtocol
import Reactor

extension ConnectionCore {
    /// Registers a request and stages its publish under one lock. The reactor is woken by ``awaitReply(_:)``, when
    /// the caller is about to suspend, so that the reply rarely finds nobody.
    func startRequest(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, timeout: Duration
    ) throws(NATSError) -> WaiterID {
        let refusal: PublishRefusal
        if headers?.defect != nil {
            refusal = .invalidHeaders
        } else if loop.isForkedChild {
            refusal = .usedAfterFork
        } else if SubjectValidation.validatePublish(subject.utf8Span.span) != nil {
            refusal = .invalidSubject
        } else {
            let block = headers ?? Headers()
            stage.lock()
            let result = stage.value.startRequest(
                subject: subject, headers: block.publishedBytes, payload: payload,
                deadline: deadline(after: timeout))
            stage.unlock()
            switch result {
            case .success(let id): return id
            case .failure(let reason): refusal = reason
            }
        }
        throw error(for: refusal, subject: subject, reply: nil, headers: headers)
    }

    func awaitReply(_ id: WaiterID) async throws -> Message {
        try await withTaskCancellationHandler {
            try await suspend { (suspension: Suspension<Message>) in
                stage.lock()
                let early = stage.value.suspendWaiter(id, bits: suspension.bits)
                let driver = stage.value.driverToWakeForRequest()
                stage.unlock()
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
