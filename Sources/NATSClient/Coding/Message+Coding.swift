public import NATSProtocol

extension Message {
    /// The value that the payload stands for.
    ///
    ///     let order = try message.decode(Order.self, using: .json)        // import NATSFoundation
    ///
    /// - Throws: ``NATSError/Code/invalidPayload``, with the coder's error underneath.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, using coder: some PayloadCoder
    ) throws(NATSError) -> Value {
        try coder.value(type, in: bytes, subject: subject)
    }

    /// Responds with a value. As ``respond(_:headers:)-(String,_)``.
    ///
    /// - Throws: also ``NATSError/Code/invalidPayload``: it can't be encoded, and nothing was sent.
    public func respond(
        encoding value: some Encodable, using coder: some PayloadCoder, headers: Headers? = nil
    ) throws(NATSError) {
        try respond(try coder.payload(for: value, subject: reply ?? subject), headers: headers)
    }
}
