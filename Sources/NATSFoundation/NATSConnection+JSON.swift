public import NATSClient

// The calls of the core that take a coder, with JSON as the coder.

extension NATSConnection {
    /// Publishes a value as JSON, without waiting for anything. For synchronous code.
    ///
    /// - Throws: as `publish(_:encoding:using:headers:reply:)`.
    public func publish(
        _ subject: String, encoding value: some Encodable, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try publish(subject, encoding: value, using: .json, headers: headers, reply: reply)
    }

    /// Publishes a value as JSON; suspends while the outbound buffer is full. For asynchronous code.
    ///
    /// - Throws: as `publish(_:encoding:using:headers:reply:)`.
    public func publish(
        _ subject: String, encoding value: some Encodable, headers: Headers? = nil, reply: String? = nil
    ) async throws {
        try await publish(subject, encoding: value, using: .json, headers: headers, reply: reply)
    }

    /// Sends a value as a request, both as JSON.
    ///
    ///     let user: User = try await nats.request("users.get", encoding: Query(id: 7))
    ///
    /// - Throws: as `request(_:encoding:as:using:headers:timeout:)`.
    public func request<Reply: Decodable>(
        _ subject: String, encoding value: some Encodable, as type: Reply.Type = Reply.self, headers: Headers? = nil,
        timeout: Duration? = nil
    ) async throws -> Reply {
        try await request(subject, encoding: value, as: type, using: .json, headers: headers, timeout: timeout)
    }
}

extension Message {
    /// The value that the payload, which is JSON, stands for.
    ///
    /// - Throws: `NATSError.Code.invalidPayload`, with Foundation's `DecodingError` underneath.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(NATSError) -> Value {
        try decode(type, using: .json)
    }

    /// Responds with a value as JSON.
    ///
    /// - Throws: as `respond(encoding:using:headers:)`.
    public func respond(encoding value: some Encodable, headers: Headers? = nil) throws(NATSError) {
        try respond(encoding: value, using: .json, headers: headers)
    }
}
