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
    /// Headers in which a server tells of a message that was read directly (ADR-31).
    enum Name {
        static let stream = "Nats-Stream"
        static let subject = "Nats-Subject"
        static let sequence = "Nats-Sequence"
        static let timestamp = "Nats-Time-Stamp"
        static let pendingCount = "Nats-Num-Pending"
        static let lastSequence = "Nats-Last-Sequence"
    }

    init(direct message: Message) throws(NATSError) {
        var headers = message.headers
        guard let stream = headers[Name.stream], let subject = headers[Name.subject],
            let sequence = headers[Name.sequence].flatMap(UInt64.init),
            let timestamp = headers[Name.timestamp].flatMap(ServerTime.init)
        else {
            throw NATSError(.protocolViolation, "a message that was read directly doesn't say which one it is")
        }
        for name in [Name.stream, Name.subject, Name.sequence, Name.timestamp, Name.pendingCount, Name.lastSequence] {
            headers[name] = nil
        }
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
