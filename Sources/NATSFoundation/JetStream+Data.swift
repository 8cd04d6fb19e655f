public import FoundationEssentials
public import NATSClient
public import NATSStores

extension JetStream {
    /// Publishes data and waits until the stream has it. Copies the bytes once, into the outbound buffer.
    ///
    /// - Throws: as `publish(_:_:headers:messageID:expecting:timeout:)` with bytes.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: Data, headers: Headers? = nil, messageID: String? = nil,
        expecting: PublishExpectations = [], timeout: Duration? = nil
    ) async throws -> PublishAck {
        try await publish(
            subject, payload.span, headers: headers, messageID: messageID, expecting: expecting, timeout: timeout)
    }

    /// Publishes data and waits until the stream has it, with all options. Copies the bytes once, into the outbound buffer.
    ///
    /// - Throws: as `publish(_:_:headers:messageID:expecting:timeout:)` with bytes.
    @discardableResult
    public func publish(
        _ subject: String, _ payload: Data, headers: Headers? = nil, options: PublishOptions, timeout: Duration? = nil
    ) async throws -> PublishAck {
        try await publish(subject, payload.span, headers: headers, options: options, timeout: timeout)
    }
}
