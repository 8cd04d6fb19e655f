public import NATSProtocol

extension NATSConnection {
    /// Publishes a value, without waiting for anything. For synchronous code.
    /// As ``publish(_:_:headers:reply:)-(_,String,_,_)``; the encoded bytes are allocated.
    ///
    /// - Throws: also ``NATSError/Code/invalidPayload``: the value can't be encoded, and nothing was published.
    public func publish(
        _ subject: String, encoding value: some Encodable, using coder: some PayloadCoder, headers: Headers? = nil,
        reply: String? = nil
    ) throws(NATSError) {
        try publish(subject, try coder.payload(for: value, subject: subject), headers: headers, reply: reply)
    }

    /// Publishes a value; suspends while the outbound buffer is full. For asynchronous code.
    ///
    /// - Throws: as the synchronous form, and `CancellationError`.
    public func publish(
        _ subject: String, encoding value: some Encodable, using coder: some PayloadCoder, headers: Headers? = nil,
        reply: String? = nil
    ) async throws {
        try await publish(subject, try coder.payload(for: value, subject: subject), headers: headers, reply: reply)
    }

    /// Sends a value as a request, and decodes the reply.
    ///
    ///     let user = try await nats.request("users.get", encoding: Query(id: 7), as: User.self, using: .json)
    ///
    /// - Throws: as ``request(_:_:headers:timeout:)-(_,String,_,_)``, and ``NATSError/Code/invalidPayload``: the value can't be
    ///   encoded (nothing was sent), or the reply isn't a `Reply`.
    public func request<Reply: Decodable>(
        _ subject: String, encoding value: some Encodable, as type: Reply.Type = Reply.self, using coder: some PayloadCoder,
        headers: Headers? = nil, timeout: Duration? = nil
    ) async throws -> Reply {
        let payload = try coder.payload(for: value, subject: subject)
        let reply = try await request(subject, payload, headers: headers, timeout: timeout)
        return try coder.value(type, in: reply.bytes, subject: subject)
    }
}
