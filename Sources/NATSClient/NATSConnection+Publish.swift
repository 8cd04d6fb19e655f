public import NATSProtocol

// Every form does the same: check the subject and the size, encode the frame into the outbound stage, wake the
// reactor if it sleeps. No task, no object, no allocation.
//
// The synchronous forms never suspend: at the high-water mark they throw `.outboundFull`, or drop, as
// `ConnectOptions.outbound.whenFull` says. The asynchronous forms suspend there for at most
// `ConnectOptions.outbound.publishTimeout`.

extension NATSConnection {
    /// Publishes text, without waiting for anything. For synchronous code.
    ///
    /// Returns when the message is staged, in order with all others of this connection; ``flush(timeout:)`` tells
    /// when the server has it.
    ///
    /// - Parameters:
    ///   - subject: where to; not empty, no blanks or control characters.
    ///   - payload: sent as UTF-8.
    ///   - headers: checked before; `nil` for none.
    ///   - reply: where replies are expected.
    /// - Throws: ``NATSError/Code/invalidSubject``, ``NATSError/Code/invalidHeader``,
    ///   ``NATSError/Code/payloadTooLarge`` (headers and payload against the server's `max_payload`),
    ///   ``NATSError/Code/outboundFull``, ``NATSError/Code/disconnected`` (policy `.failFast`),
    ///   ``NATSError/Code/draining``, ``NATSError/Code/connectionClosed``, ``NATSError/Code/usedAfterFork``.
    public func publish(
        _ subject: String, _ payload: String, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try publish(subject, payload.utf8Span.span, headers: headers, reply: reply)
    }

    /// Publishes bytes, without waiting for anything. As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    public func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        let refusal = stage(subject, payload, headers: headers, reply: reply)
        try core.check(refusal, subject: subject, reply: reply, headers: headers)
    }

    /// Publishes bytes, without waiting for anything. As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    public func publish(
        _ subject: String, _ payload: ArraySlice<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try publish(subject, payload.span, headers: headers, reply: reply)
    }

    /// Publishes a received payload again, without waiting for anything.
    /// As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    public func publish(
        _ subject: String, _ payload: Payload, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try publish(subject, payload.span, headers: headers, reply: reply)
    }

    /// Publishes a message without payload, and without waiting for anything.
    public func publish(_ subject: String, headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        try publish(subject, Span<UInt8>(), headers: headers, reply: reply)
    }

    /// Publishes bytes, without waiting for anything. As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    public func publish(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        let refusal = stage(subject, payload, headers: headers, reply: reply)
        try core.check(refusal, subject: subject, reply: reply, headers: headers)
    }

    /// Arrays can be retained, so that large ones are sent from where they lie.
    @inline(__always)
    func stage(
        _ subject: String, _ payload: [UInt8], headers: Headers?, reply: String?
    ) -> PublishRefusal? {
        guard payload.count >= StagedBytes.externalPayloadMin else {
            return stage(subject, payload.span, headers: headers, reply: reply)
        }
        guard headers?.defect == nil else { return .invalidHeaders }
        let block = headers ?? .none
        return core.stageLargePublish(
            subject: subject.utf8Span.span, reply: (reply ?? "").utf8Span.span, headers: block.publishedBytes,
            payload: payload)
    }

    @inline(__always)
    func stage(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, reply: String?
    ) -> PublishRefusal? {
        if headers == nil, reply == nil {
            return core.stagePublish(
                subject: subject.utf8Span.span, reply: Span<UInt8>(), headers: Span<UInt8>(), payload: payload)
        }
        guard headers?.defect == nil else { return .invalidHeaders }
        let block = headers ?? .none
        return core.stagePublish(
            subject: subject.utf8Span.span, reply: (reply ?? "").utf8Span.span, headers: block.publishedBytes,
            payload: payload)
    }
}

// MARK: - Suspending at the high-water mark

extension NATSConnection {
    /// Publishes text; suspends while the outbound buffer is full. For asynchronous code.
    ///
    /// As long as there is room this is the synchronous form: it doesn't suspend.
    ///
    /// - Throws: as the synchronous form; ``NATSError/Code/outboundFull`` when there was no room for
    ///   `ConnectOptions.outbound.publishTimeout`; `CancellationError` (the message isn't published).
    public func publish(
        _ subject: String, _ payload: String, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        try await publishSuspending(subject, headers, reply) {
            stage(subject, payload.utf8Span.span, headers: headers, reply: reply)
        }
    }

    /// Publishes bytes; suspends while the outbound buffer is full.
    public func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, reply: String? = nil
    ) async throws {
        try await publishSuspending(subject, headers, reply) {
            stage(subject, payload, headers: headers, reply: reply)
        }
    }

    /// Publishes bytes; suspends while the outbound buffer is full.
    public func publish(
        _ subject: String, _ payload: ArraySlice<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        try await publishSuspending(subject, headers, reply) {
            stage(subject, payload.span, headers: headers, reply: reply)
        }
    }

    /// Publishes a received payload again; suspends while the outbound buffer is full.
    public func publish(
        _ subject: String, _ payload: Payload, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        try await publishSuspending(subject, headers, reply) {
            stage(subject, payload.span, headers: headers, reply: reply)
        }
    }

    /// Publishes memory of the caller; suspends while the outbound buffer is full. The memory must stay until the call
    /// returns, which the compiler checks.
    public func publish(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        guard var refusal = stage(subject, payload, headers: headers, reply: reply) else { return }
        let deadline = core.deadline(after: core.options.outbound.publishTimeout)
        while true {
            try await core.waitForRoom(
                after: refusal, subject: subject, reply: reply, headers: headers, deadline: deadline)
            guard let next = stage(subject, payload, headers: headers, reply: reply) else { return }
            refusal = next
        }
    }

    /// Publishes a message without payload; suspends while the outbound buffer is full.
    public func publish(_ subject: String, headers: Headers? = nil, reply: String? = nil) async throws {
        try await publishSuspending(subject, headers, reply) {
            stage(subject, Span<UInt8>(), headers: headers, reply: reply)
        }
    }

    @inline(__always)
    private func publishSuspending(
        _ subject: String, _ headers: Headers?, _ reply: String?, _ stage: () -> PublishRefusal?
    ) async throws {
        guard let refusal = stage() else { return }
        try await publishWhenThereIsRoom(subject, headers, reply, refusal, stage)
    }

    @inline(never)
    private func publishWhenThereIsRoom(
        _ subject: String, _ headers: Headers?, _ reply: String?, _ first: PublishRefusal,
        _ stage: () -> PublishRefusal?
    ) async throws {
        let deadline = core.deadline(after: core.options.outbound.publishTimeout)
        var refusal = first
        while true {
            try await core.waitForRoom(
                after: refusal, subject: subject, reply: reply, headers: headers, deadline: deadline)
            guard let next = stage() else { return }
            refusal = next
        }
    }
}

extension Headers {
    static let none = Headers()

    /// The block as it is published: empty when there are no headers, so that a plain PUB is sent.
    var publishedBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { isEmpty ? Span<UInt8>() : wireBytes }
    }
}
