import NATSProtocol
import Reactor
import Synchronization

extension ConnectionCore {
    /// Registers a subscription with the session and, if asked to, waits for the server's confirmation.
    func subscribe(
        _ subject: String, queueGroup: String?, confirms: Bool, sink: SubscribeRequest.Sink
    ) async throws -> SubscribeRequest {
        try validate(subject: subject, queueGroup: queueGroup)
        let request = SubscribeRequest(subject: subject, queueGroup: queueGroup, confirms: confirms, sink: sink)
        do {
            let deadline = deadline(after: ClientDefaults.subscribeTimeout)
            try await wait(.subscribe, subject: subject, deadline: deadline) { core, id in
                if !core.onDriver({ driver, on in driver.subscribe(request, waiter: id, on) }) {
                    core.complete(id, .failed(core.closedError(subject: subject)))
                }
            }
        } catch {
            // Behind the command that may still register it.
            unsubscribe(request, after: nil)
            throw error
        }
        guard request.id.withLock({ $0 }) != nil else { throw closedError(subject: subject) }
        return request
    }

    private func validate(subject: String, queueGroup: String?) throws(NATSError) {
        if let defect = SubjectValidation.validateSubscribe(subject.utf8Span.span) {
            throw NATSError(.invalidSubject, "the subject can't be subscribed to: \(defect)", subject: subject)
        }
        if let queueGroup, let defect = SubjectValidation.validateQueueGroup(queueGroup.utf8Span.span) {
            throw NATSError(
                .invalidSubject, "the queue group \"\(queueGroup)\" isn't valid: \(defect)", subject: subject)
        }
    }

    func unsubscribe(_ request: SubscribeRequest, after maximum: UInt64?) {
        onDriver { driver, on in
            guard let id = request.id.withLock({ $0 }) else { return }
            driver.state.value.session.unsubscribe(id, after: maximum, now: driver.now(on))
        }
    }

    /// The last reference to a subscription is gone: nobody can consume its messages any more.
    func abandon(_ request: SubscribeRequest) { unsubscribe(request, after: nil) }

    func drain(_ request: SubscribeRequest, timeout: Duration?) async throws {
        let deadline = deadline(after: timeout ?? options.drainTimeout)
        let subject = request.subject
        try await wait(.drainSubscription, subject: subject, deadline: deadline, beginsAlways: true) { core, waiter in
            if !core.onDriver({ driver, on in driver.drainSubscription(request, waiter: waiter, on) }) {
                core.complete(waiter, .failed(core.closedError(subject: subject)))
            }
        }
    }

    /// Subscribes the inbox of all requests, once. Not confirmed: SUB stands before the request in the stage, and a
    /// refusal fails the requests that wait.
    func ensureRequestInbox() async throws {
        try checkNotForked()
        stage.lock()
        let isReady = !stage.value.requestInbox.isEmpty
        stage.unlock()
        if isReady { return }
        let pattern = String(decoding: requestInbox, as: UTF8.self) + "*"
        let request = SubscribeRequest(subject: pattern, queueGroup: nil, confirms: false, sink: .requestInbox)
        let deadline = deadline(after: ClientDefaults.subscribeTimeout)
        try await wait(.subscribe, subject: pattern, deadline: deadline) { core, id in
            let isOpen = core.onDriver { driver, on in
                // Another request may have been faster.
                guard driver.state.value.requestInboxID == nil else { return core.complete(id, .done) }
                driver.subscribe(request, waiter: id, on)
            }
            if !isOpen { core.complete(id, .failed(core.closedError())) }
        }
    }
}
