public import NATSClient

/// A message as a stream has it.
public struct StoredMessage: Sendable {
    /// The stream.
    public let stream: String
    /// The subject under which it was stored.
    public let subject: String
    /// Its number in the stream.
    public let sequence: UInt64
    /// When it was stored, by the server's clock.
    public let timestamp: ServerTime
    /// Its own headers, without those in which the server tells of it.
    public let headers: Headers
    /// Its payload. After a direct get it shares the memory into which it was received.
    public let payload: Payload

    /// The payload as text; bytes that aren't UTF-8 become U+FFFD. Copies.
    public var string: String { String(repairing: payload.span) }
}

extension StoredMessage: CustomStringConvertible {
    /// Where it is and its size; never the payload, since that doesn't belong into logs.
    public var description: String { "StoredMessage(\(stream) #\(sequence), subject: \(subject), payload: \(payload))" }
}

// MARK: - Answers of direct gets

extension StoredMessage {
    /// The server's headers stand behind the message's own (`genHeader` in nats-server's `server/client.go`), which may have the
    /// same names: those of a message that another stream has republished do.
    ///
    /// - Parameter isOfBatch: the server has also said how many messages are left (ADR-31).
    init(direct message: Message, isOfBatch: Bool = false) throws(NATSError) {
        var headers = message.headers
        guard let stream = headers.last(for: HeaderName.stream), let subject = headers.last(for: HeaderName.subject),
            let sequence = headers.last(for: HeaderName.sequence).flatMap(UInt64.init),
            let timestamp = headers.last(for: HeaderName.timeStamp).flatMap(ServerTime.init)
        else {
            throw NATSError(.protocolViolation, "a message that was read directly doesn't say which one it is")
        }
        let names = [HeaderName.stream, HeaderName.subject, HeaderName.sequence, HeaderName.timeStamp]
        for name in names + (isOfBatch ? [HeaderName.numberPending, HeaderName.lastSequence] : []) { headers.removeLast(name) }
        self.init(
            stream: stream, subject: subject, sequence: sequence, timestamp: timestamp, headers: headers,
            payload: message.payload)
    }
}

// MARK: - Answers of the API

/// `STREAM.MSG.GET` answers with the bytes in base 64.
struct MessageGetReply: JSONObject {
    var message: Record?
    static let fields: [JSONField<MessageGetReply>] = [.optional("message", \.message)]

    struct Record: JSONObject {
        var subject = ""
        var sequence: UInt64 = 0
        var headers = ""
        var data = ""
        var time: ServerTime?

        static let fields: [JSONField<Record>] = [
            .always("subject", \.subject), .always("seq", \.sequence), .field("hdrs", \.headers, unless: ""),
            .field("data", \.data, unless: ""), .time("time", \.time),
        ]
    }
}

extension StoredMessage {
    init(_ record: MessageGetReply.Record, stream: String) throws(NATSError) {
        guard let time = record.time, let headers = Base64.decode(record.headers.utf8Span.span, .standard),
            let data = Base64.decode(record.data.utf8Span.span, .standard)
        else {
            throw NATSError(.protocolViolation, "the stored message \(record.sequence) of stream '\(stream)' can't be read")
        }
        self.init(
            stream: stream, subject: record.subject, sequence: record.sequence, timestamp: time,
            headers: Headers(copying: headers.span), payload: Payload(copying: data.span))
    }
}
