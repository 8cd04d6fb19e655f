public import NATSClient
internal import NATSProtocol

/// A counter as its stream has it.
public struct CounterEntry: Sendable, Hashable {
    /// The counter.
    public let subject: String
    /// Its value.
    public let value: CounterValue
    /// What it was changed by last.
    public let lastIncrement: CounterValue?
    /// Of a stream that takes its messages from others: what each of them contributes, by stream, then by subject there.
    public let sources: [String: [String: CounterValue]]
    /// The number of the message that has it.
    public let sequence: UInt64
    /// When it was changed last, by the server's clock.
    public let timestamp: ServerTime
}

extension CounterEntry {
    /// Source: ADR-49; body and headers are written by `processJetStreamMsg` in nats-server's `server/stream.go`.
    init(_ message: StoredMessage) throws(NATSError) {
        let headers = message.headers
        let body: CounterBody
        var sources: [String: [String: CounterValue]] = [:]
        do throws(JSONError) {
            body = try CounterBody(json: message.payload.span)
            if let text = headers[HeaderName.counterSources] { sources = try CounterSources(json: text.utf8Span.span).values }
        } catch {
            throw Self.notACounter(message, "\(error)")
        }
        guard let value = CounterValue(body.value) else { throw Self.notACounter(message, "it has no value") }
        self.init(
            subject: message.subject, value: value, lastIncrement: headers[HeaderName.increment].flatMap { CounterValue($0) },
            sources: sources, sequence: message.sequence, timestamp: message.timestamp)
    }

    private static func notACounter(_ message: StoredMessage, _ why: String) -> NATSError {
        NATSError(
            .protocolViolation, "message \(message.sequence) of stream '\(message.stream)' isn't a counter: \(why)",
            subject: message.subject)
    }
}

/// `{"val":"42"}`
private struct CounterBody: JSONObject {
    var value = ""
    static let fields: [JSONField<CounterBody>] = [.always("val", \.value)]
}

/// `{"stream":{"subject":"42"}}`
private struct CounterSources {
    var values: [String: [String: CounterValue]] = [:]

    init(json: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(json)
        try reader.beginObject()
        while let stream = try reader.nextKey()?.string {
            var counters: [String: CounterValue] = [:]
            try reader.beginObject()
            while let subject = try reader.nextKey()?.string {
                counters[subject] = CounterValue(try reader.readString())
            }
            values[stream] = counters
        }
        try reader.finish()
    }
}
