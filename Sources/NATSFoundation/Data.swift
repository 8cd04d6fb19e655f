// Memory-safety fence: the pointer from which `Data` copies.
//
// Invariant: it is lent for the length of the copy.

public import FoundationEssentials
public import NATSClient

extension NATSConnection {
    /// Publishes data, without waiting for anything. For synchronous code. Copies the bytes once, into the outbound buffer.
    ///
    /// - Throws: as `publish(_:_:headers:reply:)` with bytes.
    public func publish(_ subject: String, _ payload: Data, headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        try publish(subject, payload.span, headers: headers, reply: reply)
    }

    /// Publishes data; suspends while the outbound buffer is full. For asynchronous code.
    ///
    /// - Throws: as `publish(_:_:headers:reply:)` with bytes.
    public func publish(_ subject: String, _ payload: Data, headers: Headers? = nil, reply: String? = nil) async throws {
        try await publish(subject, payload.span, headers: headers, reply: reply)
    }

    /// Sends data as a request and waits for the reply. Copies the bytes once, into the outbound buffer.
    ///
    /// - Throws: as `request(_:_:headers:timeout:)` with bytes.
    public func request(
        _ subject: String, _ payload: Data, headers: Headers? = nil, timeout: Duration? = nil
    ) async throws -> Message {
        try await request(subject, payload.span, headers: headers, timeout: timeout)
    }
}

extension Message {
    /// The payload as data. Copies.
    public var data: Data { payload.data }

    /// Responds with data.
    ///
    /// - Throws: as `respond(_:headers:)` with bytes.
    public func respond(_ payload: Data, headers: Headers? = nil) throws(NATSError) {
        try respond(payload.span, headers: headers)
    }
}

extension Payload {
    /// The bytes as data. Copies.
    public var data: Data { unsafe span.withUnsafeBytes { unsafe Data($0) } }
}
