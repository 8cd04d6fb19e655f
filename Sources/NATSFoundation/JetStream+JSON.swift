public import NATSClient
public import NATSStores

extension JetStream {
    /// Publishes a value as JSON and waits until the stream has it.
    ///
    /// - Throws: as `publish(_:encoding:using:headers:options:timeout:)`.
    @discardableResult
    public func publish(
        _ subject: String, encoding value: some Encodable, headers: Headers? = nil,
        options: PublishOptions = PublishOptions(), timeout: Duration? = nil
    ) async throws -> PublishAck {
        try await publish(subject, encoding: value, using: .json, headers: headers, options: options, timeout: timeout)
    }
}

extension StoredMessage {
    /// The value that the payload, which is JSON, stands for.
    ///
    /// - Throws: `NATSError.Code.invalidPayload`, with Foundation's `DecodingError` underneath.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(NATSError) -> Value {
        try decode(type, using: .json)
    }
}
