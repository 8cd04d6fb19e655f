public import NATSClient

extension JetStream {
    /// Publishes a value and waits until the stream has it.
    /// As ``publish(_:_:headers:options:timeout:)-(_,[UInt8],_,_,_)``.
    ///
    /// - Throws: also `.invalidPayload`: the value can't be encoded, and nothing was published.
    @discardableResult
    public func publish(
        _ subject: String, encoding value: some Encodable, using coder: some PayloadCoder, headers: Headers? = nil,
        options: PublishOptions = PublishOptions(), timeout: Duration? = nil
    ) async throws -> PublishAck {
        let payload = try coder.payload(for: value, subject: subject)
        return try await publish(subject, payload, headers: headers, options: options, timeout: timeout)
    }
}

extension StoredMessage {
    /// The value that the payload stands for.
    ///
    /// - Throws: `NATSError.Code.invalidPayload`, with the coder's error underneath.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, using coder: some PayloadCoder
    ) throws(NATSError) -> Value {
        try coder.value(type, in: payload.span, subject: subject)
    }
}
