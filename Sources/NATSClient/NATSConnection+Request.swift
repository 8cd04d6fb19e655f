public import NATSProtocol

extension NATSConnection {
    /// Sends a request and waits for the first reply.
    ///
    /// All requests of a connection share one inbox subscription, made at the first.
    ///
    /// - Parameters:
    ///   - timeout: default `ConnectOptions.requestTimeout`, 5 s.
    /// - Throws: ``NATSError/Code/noResponders`` at once when nobody listens, ``NATSError/Code/timedOut``,
    ///   ``NATSError/Code/permissionViolation`` at once when the server forbids it,
    ///   ``NATSError/Code/connectionClosed``, ``NATSError/Code/connectionLost`` (policy `.fail`); the errors of
    ///   `publish`; `CancellationError`. A late reply is dropped and counted.
    ///
    /// Cost: one lock to send, one to resolve; no allocation when awaited on the event loop's executor.
    public func request(
        _ subject: String, _ payload: String, headers: Headers? = nil, timeout: Duration? = nil
    ) async throws -> Message {
        let nanoseconds = core.requestTimeoutNanoseconds(timeout)
        if let id = try core.startRequest(subject, payload.utf8Span.span, headers: headers, timeoutNanoseconds: nanoseconds) {
            return try await core.awaitReply(id)
        }
        try await core.ensureRequestInbox()
        let id = try core.startRequestWithInbox(
            subject, payload.utf8Span.span, headers: headers, timeoutNanoseconds: nanoseconds)
        return try await core.awaitReply(id)
    }

    /// Sends a request and waits for the first reply. As ``request(_:_:headers:timeout:)-(_,String,_,_)``.
    public func request(
        _ subject: String, _ payload: [UInt8], headers: Headers? = nil, timeout: Duration? = nil
    ) async throws -> Message {
        let nanoseconds = core.requestTimeoutNanoseconds(timeout)
        if let id = try core.startRequest(subject, payload.span, headers: headers, timeoutNanoseconds: nanoseconds) {
            return try await core.awaitReply(id)
        }
        try await core.ensureRequestInbox()
        let id = try core.startRequestWithInbox(
            subject, payload.span, headers: headers, timeoutNanoseconds: nanoseconds)
        return try await core.awaitReply(id)
    }

    /// Sends a request and waits for the first reply. As ``request(_:_:headers:timeout:)-(_,String,_,_)``.
    public func request(
        _ subject: String, _ payload: Payload, headers: Headers? = nil, timeout: Duration? = nil
    ) async throws -> Message {
        let nanoseconds = core.requestTimeoutNanoseconds(timeout)
        if let id = try core.startRequest(subject, payload.span, headers: headers, timeoutNanoseconds: nanoseconds) {
            return try await core.awaitReply(id)
        }
        try await core.ensureRequestInbox()
        let id = try core.startRequestWithInbox(
            subject, payload.span, headers: headers, timeoutNanoseconds: nanoseconds)
        return try await core.awaitReply(id)
    }

    /// Sends memory of the caller as a request and waits for the first reply. As ``request(_:_:headers:timeout:)-(_,String,_,_)``. The
    /// memory must stay until the call returns, which the compiler checks.
    public func request(
        _ subject: String, _ payload: Span<UInt8>, headers: Headers? = nil, timeout: Duration? = nil
    ) async throws -> Message {
        let nanoseconds = core.requestTimeoutNanoseconds(timeout)
        if let id = try core.startRequest(subject, payload, headers: headers, timeoutNanoseconds: nanoseconds) {
            return try await core.awaitReply(id)
        }
        try await core.ensureRequestInbox()
        let id = try core.startRequestWithInbox(subject, payload, headers: headers, timeoutNanoseconds: nanoseconds)
        return try await core.awaitReply(id)
    }

    /// Sends a request without payload and waits for the first reply.
    public func request(_ subject: String, headers: Headers? = nil, timeout: Duration? = nil) async throws -> Message {
        let nanoseconds = core.requestTimeoutNanoseconds(timeout)
        if let id = try core.startRequest(subject, Span<UInt8>(), headers: headers, timeoutNanoseconds: nanoseconds) {
            return try await core.awaitReply(id)
        }
        try await core.ensureRequestInbox()
        let id = try core.startRequestWithInbox(
            subject, Span<UInt8>(), headers: headers, timeoutNanoseconds: nanoseconds)
        return try await core.awaitReply(id)
    }
}
