package import NATSProtocol
import Reactor

/// Messages into the window.
extension PublishPipeline {
    /// What became of an attempt to publish.
    enum Admission {
        case accepted(UInt64)
        /// A message of so many bytes finds no room.
        case windowFull(bytes: Int)
        case refused(PublishRefusal)
        case ended(NATSError)
    }

    /// Publishes if there is room; never suspends. Returns the message's number.
    package func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers?, messageID: String?, ticket: PublishTicket? = nil
    ) throws(NATSError) -> UInt64 {
        try accepted(attempt(subject, payload, headers, messageID, ticket), subject, headers)
    }

    /// As above, for bytes that can't be retained.
    package func publish(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, messageID: String?, ticket: PublishTicket? = nil
    ) throws(NATSError) -> UInt64 {
        try accepted(attempt(subject, payload, [], headers, messageID, ticket), subject, headers)
    }

    /// Publishes; suspends while the window is full, or the connection's outbound buffer.
    package func publishSuspending(
        _ subject: String, _ payload: [UInt8], headers: Headers?, messageID: String?, ticket: PublishTicket? = nil
    ) async throws -> UInt64 {
        while true {
            let admission = attempt(subject, payload, headers, messageID, ticket)
            if case .accepted(let number) = admission { return number }
            try await waitForRoom(admission, subject, headers)
        }
    }

    /// As above, for bytes that can't be retained.
    package func publishSuspending(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, messageID: String?, ticket: PublishTicket? = nil
    ) async throws -> UInt64 {
        while true {
            let admission = attempt(subject, payload, [], headers, messageID, ticket)
            if case .accepted(let number) = admission { return number }
            try await waitForRoom(admission, subject, headers)
        }
    }

    package func makeTicket() -> PublishTicket { PublishTicket(core) }

    // MARK: One attempt

    @inline(__always)
    private func attempt(
        _ subject: String, _ payload: [UInt8], _ headers: Headers?, _ messageID: String?, _ ticket: PublishTicket?
    ) -> Admission {
        let external = payload.count >= StagedBytes.externalPayloadMin ? payload : []
        return attempt(subject, payload.span, external, headers, messageID, ticket)
    }

    @inline(__always)
    private func attempt(
        _ subject: String, _ payload: Span<UInt8>, _ external: [UInt8], _ headers: Headers?, _ messageID: String?,
        _ ticket: PublishTicket?
    ) -> Admission {
        guard !core.loop.isForkedChild else { return .refused(.usedAfterFork) }
        guard SubjectValidation.validatePublish(subject.utf8Span.span) == nil else { return .refused(.invalidSubject) }
        let messageID = messageID ?? ""
        guard messageID.isEmpty || Headers.isValidValue(messageID) else { return .refused(.invalidHeaders) }
        guard let headers else {
            let message = OutgoingMessage(
                subject: subject.utf8Span.span, headers: Span(), messageID: messageID.utf8Span.span, payload: payload)
            return admit(message, external, ticket)
        }
        guard headers.defect == nil else { return .refused(.invalidHeaders) }
        let message = OutgoingMessage(
            subject: subject.utf8Span.span, headers: headers.publishedBytes, messageID: messageID.utf8Span.span,
            payload: payload)
        return admit(message, external, ticket)
    }

    private func admit(_ message: borrowing OutgoingMessage, _ external: [UInt8], _ ticket: PublishTicket?) -> Admission {
        let bytes = message.subject.count &+ message.headers.count &+ message.messageID.count &+ message.payload.count
        let now = Timestamp(nanoseconds: core.loop.nowNanoseconds())
        state.lock()
        if state.value.isFinished {
            let end = state.value.end
            state.publishAndUnlock()
            return .ended(end ?? finishedError)
        }
        guard let id = state.value.window.admit(bytes: bytes, now: now) else {
            state.unlock()
            return .windowFull(bytes: bytes)
        }
        var isStageLocked = false
        let refusal = state.value.send(id, message, external: external, core.stage, isStaged: &isStageLocked)
        if isStageLocked { core.unlock(waking: refusal == nil) }
        if let refusal {
            state.value.window.withdraw(id)
            state.publishAndUnlock()
            return .refused(refusal)
        }
        if let ticket { state.value.setTicket(ticket, of: id) }
        let number = state.value.window.nextNumber &- 1
        if state.value.armedDeadline == .distantFuture { armTimer() }
        state.publishAndUnlock()
        return .accepted(number)
    }

    private var finishedError: NATSError {
        NATSError(.publisherFinished, "the publisher was finished and takes no more messages")
    }

    // MARK: Without room

    private func accepted(_ admission: Admission, _ subject: String, _ headers: Headers?) throws(NATSError) -> UInt64 {
        switch admission {
        case .accepted(let number): return number
        case .windowFull: throw windowFullError(subject)
        case .refused(let refusal): throw core.error(for: refusal, subject: subject, reply: nil, headers: headers)
        case .ended(let error): throw error
        }
    }

    private func windowFullError(_ subject: String) -> NATSError {
        let limits = options.limits
        return NATSError(
            .windowFull,
            "\(limits.messages) messages or \(limits.bytes) bytes wait for their acknowledgements already: publish slower, use the "
                + "async form, or make the window larger", subject: subject)
    }

    private func waitForRoom(_ admission: Admission, _ subject: String, _ headers: Headers?) async throws {
        switch admission {
        case .accepted: return
        case .windowFull(let bytes): try await waitForWindow(bytes: bytes, subject)
        case .refused(let refusal):
            let deadline = core.deadline(after: core.options.outbound.publishTimeout)
            try await core.waitForRoom(after: refusal, subject: subject, reply: nil, headers: headers, deadline: deadline)
        case .ended(let error): throw error
        }
    }

    /// Every message in the window has a deadline, so this ends without one of its own.
    private func waitForWindow(bytes: Int, _ subject: String) async throws {
        try await core.wait(.publisher, subject: subject, deadline: .distantFuture) { core, id in
            state.lock()
            // Room may have been made in between. A message may be too large for a window that is half empty.
            let hasRoom = state.value.window.isHalfEmpty && state.value.window.hasRoom(for: bytes)
            let mayGoOn = state.value.isFinished || hasRoom
            if !mayGoOn { state.value.producers.append(id) }
            state.unlock()
            if mayGoOn { core.complete(id, .done) }
        }
    }
}

extension PipelineState {
    mutating func setTicket(_ ticket: PublishTicket, of id: WaiterID) {
        while tickets.count <= id.slot { tickets.append(nil) }
        tickets[id.slot] = ticket
    }
}

extension NATSError.Code {
    /// As many messages or bytes as the publisher's window holds wait for their acknowledgements already.
    public static let windowFull = Self("windowFull")
    /// The publisher was finished and takes no more messages.
    public static let publisherFinished = Self("publisherFinished")
}
