import NATSProtocol
import Reactor
import Synchronization

extension ConnectionCore {
    /// Stages a publish without reply and headers. The hot path: one lock, and nothing else of cost. False: it was not
    /// accepted; the general form tells why.
    @inline(__always)
    func stageShort(subject: Span<UInt8>, payload: Span<UInt8>) -> Bool {
        guard !loop.isForkedChild else { return false }
        stage.lock()
        let refusal = stage.value.publishShort(subject: subject, payload: payload)
        return unlockAfterShort(refusal)
    }

    /// The same to a subject that was validated and encoded before.
    @inline(__always)
    func stageShort(prefix: borrowing PublishPrefix, payload: Span<UInt8>) -> Bool {
        guard !loop.isForkedChild else { return false }
        stage.lock()
        let refusal = stage.value.publishShort(prefix: prefix, payload: payload)
        return unlockAfterShort(refusal)
    }

    @inline(__always)
    private func unlockAfterShort(_ refusal: PublishRefusal?) -> Bool {
        unlock(waking: refusal == nil)
        return refusal == nil
    }

    /// Ends a critical section that staged something, if `isStaged`.
    @inline(__always)
    func unlock(waking isStaged: Bool) {
        if _fastPath(!isStaged || stage.value.isScheduled) { stage.unlock() } else { unlockAndSchedule() }
    }

    /// Wakes the reactor for what was staged under the lock that the caller holds.
    @inline(never)
    private func unlockAndSchedule() {
        let driver = stage.value.driverToSchedule()
        stage.publishAndUnlock()
        if let driver { loop.schedule(driver) }
    }

    /// Stages one publish. No task, no object, no allocation, no suspension; one lock.
    @inline(__always)
    func stagePublish(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>
    ) -> PublishRefusal? {
        guard !loop.isForkedChild else { return .usedAfterFork }
        guard SubjectValidation.validatePublish(subject) == nil else { return .invalidSubject }
        guard reply.isEmpty || SubjectValidation.validatePublish(reply) == nil else { return .invalidReply }
        stage.lock()
        let refusal = stage.value.publish(subject: subject, reply: reply, headers: headers, payload: payload)
        unlock(waking: refusal == nil)
        return refusal
    }

    /// Stages one publish of a large payload, which is retained until it is sent.
    @inline(never)
    func stageLargePublish(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payload: [UInt8]
    ) -> PublishRefusal? {
        guard !loop.isForkedChild else { return .usedAfterFork }
        guard SubjectValidation.validatePublish(subject) == nil else { return .invalidSubject }
        guard reply.isEmpty || SubjectValidation.validatePublish(reply) == nil else { return .invalidReply }
        stage.lock()
        let refusal = stage.value.publishExternal(subject: subject, reply: reply, headers: headers, payload: payload)
        unlock(waking: refusal == nil)
        return refusal
    }

    /// Stages one publish to a subject that was validated and encoded before.
    @inline(__always)
    func stagePublish(
        prefix: borrowing PublishPrefix, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>
    ) -> PublishRefusal? {
        guard !loop.isForkedChild else { return .usedAfterFork }
        guard reply.isEmpty || SubjectValidation.validatePublish(reply) == nil else { return .invalidReply }
        stage.lock()
        let refusal = stage.value.publish(prefix: prefix, reply: reply, headers: headers, payload: payload)
        unlock(waking: refusal == nil)
        return refusal
    }

    /// Stages what isn't refused for want of room.
    func stageBeyondLimit(subject: Span<UInt8>, reply: Span<UInt8>, payload: Span<UInt8>) -> PublishRefusal? {
        guard !loop.isForkedChild else { return .usedAfterFork }
        guard SubjectValidation.validatePublish(subject) == nil else { return .invalidSubject }
        stage.lock()
        let refusal = stage.value.publishBeyondLimit(subject: subject, reply: reply, payload: payload)
        unlock(waking: refusal == nil)
        return refusal
    }

    /// The synchronous policy: a full stage throws, or drops and counts.
    @inline(__always)
    func check(
        _ refusal: PublishRefusal?, subject: @autoclosure () -> String, reply: String? = nil, headers: Headers? = nil
    ) throws(NATSError) {
        guard let refusal else { return }
        try refuse(refusal, subject: subject(), reply: reply, headers: headers)
    }

    @inline(never)
    private func refuse(
        _ refusal: PublishRefusal, subject: String, reply: String?, headers: Headers?
    ) throws(NATSError) {
        if refusal == .full, options.outbound.whenFull == .dropNewest {
            stage.lock()
            stage.value.account.dropped &+= 1
            stage.unlock()
            return
        }
        throw error(for: refusal, subject: subject, reply: reply, headers: headers)
    }

    /// The asynchronous policy: a full stage suspends. Returns when there may be room; throws everything else.
    @inline(never)
    func waitForRoom(
        after refusal: PublishRefusal, subject: String, reply: String?, headers: Headers?, deadline: Timestamp
    ) async throws {
        guard refusal == .full else {
            throw error(for: refusal, subject: subject, reply: reply, headers: headers)
        }
        try await wait(.room, subject: subject, deadline: deadline) { core, id in
            core.stage.lock()
            core.stage.value.roomWaiters.append(id)
            // The reactor may have made room in between; it looks again in any case.
            core.unlock(waking: true)
        }
    }

    /// Suspends while the stage is nearly full.
    func waitUntilReady(subject: String) async throws {
        try checkNotForked()
        guard try isNearlyFull(subject) else { return }
        let deadline = deadline(after: options.outbound.publishTimeout)
        repeat {
            try await waitForRoom(after: .full, subject: subject, reply: nil, headers: nil, deadline: deadline)
        } while try isNearlyFull(subject)
    }

    /// Throws when nothing is taken any more.
    private func isNearlyFull(_ subject: String) throws(NATSError) -> Bool {
        stage.lock()
        let isClosed = stage.value.acceptance == .closed
        let isNearlyFull = stage.value.isNearlyFull
        stage.unlock()
        if isClosed { throw error(for: .closed, subject: subject, reply: nil, headers: nil) }
        return isNearlyFull
    }

    /// A forked child has no reactor, and may have inherited locks that nobody will release.
    @inline(__always)
    func checkNotForked() throws(NATSError) {
        if loop.isForkedChild { throw error(for: .usedAfterFork, subject: "", reply: nil, headers: nil) }
    }

    /// The error that users see for a refused publish.
    func error(for refusal: PublishRefusal, subject: String, reply: String?, headers: Headers?) -> NATSError {
        switch refusal {
        case .invalidSubject: invalidSubjectError(subject)
        case .invalidReply: invalidSubjectError(reply ?? "", isReply: true)
        case .invalidHeaders:
            NATSError(
                .invalidHeader, headers?.defect.map { "\($0)" } ?? "a header is not valid", subject: subject)
        case .headersNotSupported:
            NATSError(.headersNotSupported, "the server doesn't support headers", subject: subject)
        case .payloadTooLarge:
            NATSError(
                .payloadTooLarge,
                "headers and payload are larger than the server's max_payload of "
                    + "\(currentMaximumPayload) bytes; "
                    + "split the message or raise the server's limit", subject: subject)
        case .full:
            NATSError(
                .outboundFull,
                "the outbound buffer of \(currentLimitBytes) bytes is full: publish slower, use the async form, "
                    + "or raise ConnectOptions.outbound.highWaterBytes", subject: subject)
        case .disconnected:
            NATSError(
                .disconnected, "there is no connection, and the policy is .failFast; retry after the reconnect",
                subject: subject)
        case .draining:
            NATSError(.draining, "the connection is draining and takes no more publishes", subject: subject)
        case .closed: closedError(subject: subject)
        case .usedAfterFork:
            NATSError(
                .usedAfterFork, "this connection belongs to the parent process; connect again after fork",
                subject: subject)
        case .inboxRefused:
            snapshot.withLock { $0.requestInboxError }
                ?? NATSError(.permissionViolation, "the server refused the inbox for replies", subject: subject)
        case .tooManyWaiters:
            NATSError(.limitReached, "\(ClientDefaults.waitersMax) calls wait already", subject: subject)
        }
    }

    private var currentMaximumPayload: Int {
        stage.lock()
        defer { stage.unlock() }
        return stage.value.maximumPayload
    }

    private var currentLimitBytes: Int {
        stage.lock()
        defer { stage.unlock() }
        return stage.value.limitBytes
    }

    private func invalidSubjectError(_ subject: String, isReply: Bool = false) -> NATSError {
        let what = isReply ? "the reply subject" : "the subject"
        if let defect = SubjectValidation.validatePublish(subject.utf8Span.span) {
            return NATSError(.invalidSubject, "\(what) can't be published to: \(defect)", subject: subject)
        }
        return NATSError(.invalidSubject, "\(what) is longer than the server's control line allows", subject: subject)
    }

    func closedError(subject: String? = nil) -> NATSError {
        let cause = snapshot.withLock { $0.closingError }
        return NATSError(
            .connectionClosed,
            cause == nil ? "the connection was closed" : "the connection was closed for good; connect again",
            server: cause?.server, subject: subject, underlying: cause)
    }
}
