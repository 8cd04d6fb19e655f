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
    @inlinable
    public func publish(
        _ subject: String, _ payload: String, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        if headers == nil, reply == nil, tryPublish(subject, payload) { return }
        try publishChecked(subject, payload.utf8Span.span, headers: headers, reply: reply)
    }

    /// Publishes bytes, without waiting for anything. As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable
    public func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        if headers == nil, reply == nil, tryPublish(subject, payload) { return }
        try publishChecked(subject, payload, headers: headers, reply: reply)
    }

    /// Publishes bytes, without waiting for anything. As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable
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
    @inlinable
    public func publish(_ subject: String, headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        try publish(subject, Span<UInt8>(), headers: headers, reply: reply)
    }

    /// Publishes bytes, without waiting for anything. As ``publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable
    public func publish(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        if headers == nil, reply == nil, tryPublish(subject, payload) { return }
        try publishChecked(subject, payload, headers: headers, reply: reply)
    }
}

// MARK: - Staging

extension NATSConnection {
    /// Publishes if nothing stands against it: what nearly every call is. False: nothing was published.
    @usableFromInline
    func tryPublish(_ subject: String, _ payload: [UInt8]) -> Bool {
        payload.count < StagedBytes.externalPayloadMin
            && core.stageShort(subject: subject.utf8Span.span, payload: payload.span)
    }

    @usableFromInline
    func tryPublish(_ subject: String, _ payload: String) -> Bool {
        core.stageShort(subject: subject.utf8Span.span, payload: payload.utf8Span.span)
    }

    @usableFromInline
    func tryPublish(_ subject: String, _ payload: Span<UInt8>) -> Bool {
        core.stageShort(subject: subject.utf8Span.span, payload: payload)
    }

    /// The general form: any headers and reply, and the reason of a refusal.
    @usableFromInline
    func publishChecked(
        _ subject: String, _ payload: [UInt8], headers: Headers?, reply: String?
    ) throws(NATSError) {
        let refusal = stage(subject, payload, headers: headers, reply: reply)
        try core.check(refusal, subject: subject, reply: reply, headers: headers)
    }

    @usableFromInline
    func publishChecked(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, reply: String?
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
        guard let headers else {
            return core.stageLargePublish(
                subject: subject.utf8Span.span, reply: (reply ?? "").utf8Span.span, headers: Span(), payload: payload)
        }
        guard headers.defect == nil else { return .invalidHeaders }
        return core.stageLargePublish(
            subject: subject.utf8Span.span, reply: (reply ?? "").utf8Span.span, headers: headers.publishedBytes,
            payload: payload)
    }

    @inline(__always)
    func stage(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, reply: String?
    ) -> PublishRefusal? {
        guard let headers else {
            return core.stagePublish(
                subject: subject.utf8Span.span, reply: (reply ?? "").utf8Span.span, headers: Span(), payload: payload)
        }
        guard headers.defect == nil else { return .invalidHeaders }
        guard let reply else {
            return core.stagePublish(
                subject: subject.utf8Span.span, reply: Span(), headers: headers.publishedBytes, payload: payload)
        }
        return core.stagePublish(
            subject: subject.utf8Span.span, reply: reply.utf8Span.span, headers: headers.publishedBytes,
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
    @inlinable
    public func publish(
        _ subject: String, _ payload: String, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        if headers == nil, reply == nil, tryPublish(subject, payload) { return }
        try await publishSuspending(subject, payload.utf8Span.span, headers: headers, reply: reply)
    }

    /// Publishes bytes; suspends while the outbound buffer is full.
    @inlinable
    public func publish(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, reply: String? = nil
    ) async throws {
        if headers == nil, reply == nil, tryPublish(subject, payload) { return }
        try await publishSuspending(subject, payload, headers: headers, reply: reply)
    }

    /// Publishes bytes; suspends while the outbound buffer is full.
    @inlinable
    public func publish(
        _ subject: String, _ payload: ArraySlice<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        try await publish(subject, payload.span, headers: headers, reply: reply)
    }

    /// Publishes a received payload again; suspends while the outbound buffer is full.
    public func publish(
        _ subject: String, _ payload: Payload, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        try await publish(subject, payload.span, headers: headers, reply: reply)
    }

    /// Publishes memory of the caller; suspends while the outbound buffer is full. The memory must stay until the call
    /// returns, which the compiler checks.
    @inlinable
    public func publish(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        if headers == nil, reply == nil, tryPublish(subject, payload) { return }
        try await publishSuspending(subject, payload, headers: headers, reply: reply)
    }

    /// Publishes a message without payload; suspends while the outbound buffer is full.
    @inlinable
    public func publish(_ subject: String, headers: Headers? = nil, reply: String? = nil) async throws {
        try await publish(subject, Span<UInt8>(), headers: headers, reply: reply)
    }

    @usableFromInline
    func publishSuspending(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers?, reply: String?
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

    /// An array can be retained, so that a large one is sent from where it lies.
    @usableFromInline
    func publishSuspending(
        _ subject: String, _ payload: [UInt8], headers: Headers?, reply: String?
    ) async throws {
        guard payload.count >= StagedBytes.externalPayloadMin else {
            return try await publishSuspending(subject, payload.span, headers: headers, reply: reply)
        }
        guard var refusal = stage(subject, payload, headers: headers, reply: reply) else { return }
        let deadline = core.deadline(after: core.options.outbound.publishTimeout)
        while true {
            try await core.waitForRoom(
                after: refusal, subject: subject, reply: reply, headers: headers, deadline: deadline)
            guard let next = stage(subject, payload, headers: headers, reply: reply) else { return }
            refusal = next
        }
    }
}
