public import NATSClient

// Every form takes a place in the window, encodes the message once and stages it: no task, no object, no allocation, unless there are
// `options`, which become headers.

/// Into the window, from synchronous code.
extension AsyncPublisher {
    /// Publishes bytes, without waiting for anything. For synchronous code.
    ///
    /// - Parameters:
    ///   - messageID: within the stream's duplicate window, two messages of the same id are stored once.
    ///   - options: what else is asked of the stream; its attempts don't count here.
    /// - Returns: the message's number, from 0: by it ``outcomes()`` names the message.
    /// - Throws: ``NATSError/Code/windowFull``, ``NATSError/Code/publisherFinished``; what `publish` of the connection throws.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: [UInt8], messageID: String? = nil, headers: Headers? = nil, options: PublishOptions? = nil
    ) throws(NATSError) -> UInt64 {
        try pipeline.publish(subject, payload, headers: options?.headers(with: headers) ?? headers, messageID: messageID)
    }

    /// Publishes text, without waiting for anything. As ``publish(_:_:messageID:headers:options:)-(_,[UInt8],_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: String, messageID: String? = nil, headers: Headers? = nil, options: PublishOptions? = nil
    ) throws(NATSError) -> UInt64 {
        try pipeline.publish(
            subject, payload.utf8Span.span, headers: options?.headers(with: headers) ?? headers, messageID: messageID)
    }

    /// Publishes bytes, without waiting for anything. As ``publish(_:_:messageID:headers:options:)-(_,[UInt8],_,_,_)``.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: Span<UInt8>, messageID: String? = nil, headers: Headers? = nil,
        options: PublishOptions? = nil
    ) throws(NATSError) -> UInt64 {
        try pipeline.publish(subject, payload, headers: options?.headers(with: headers) ?? headers, messageID: messageID)
    }
}

/// Into the window, suspending while it is full.
extension AsyncPublisher {
    /// Publishes bytes; suspends while the window is full, and while the connection's outbound buffer is.
    ///
    /// As long as there is room this is the synchronous form: it doesn't suspend. It does until half of the window is free, so that
    /// a fast loop is woken for many messages at once.
    ///
    /// - Throws: as the synchronous form; `CancellationError` (the message isn't published).
    @discardableResult
    public func publish(
        _ subject: String, _ payload: [UInt8], messageID: String? = nil, headers: Headers? = nil, options: PublishOptions? = nil
    ) async throws -> UInt64 {
        try await pipeline.publishSuspending(
            subject, payload, headers: options?.headers(with: headers) ?? headers, messageID: messageID)
    }

    /// Publishes text; suspends while the window is full.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: String, messageID: String? = nil, headers: Headers? = nil, options: PublishOptions? = nil
    ) async throws -> UInt64 {
        try await pipeline.publishSuspending(
            subject, payload.utf8Span.span, headers: options?.headers(with: headers) ?? headers, messageID: messageID)
    }

    /// Publishes memory of the caller; suspends while the window is full. The memory must stay until the call returns, which the
    /// compiler checks.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: Span<UInt8>, messageID: String? = nil, headers: Headers? = nil,
        options: PublishOptions? = nil
    ) async throws -> UInt64 {
        try await pipeline.publishSuspending(
            subject, payload, headers: options?.headers(with: headers) ?? headers, messageID: messageID)
    }
}
