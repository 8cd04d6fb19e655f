public import NATSClient
internal import NATSProtocol

/// How long the acknowledgement of a message took. The server publishes it of as many messages as
/// ``ConsumerConfiguration/sampleFrequency`` says.
public struct AcknowledgementMetric: Sendable, Hashable {
    /// No two metrics have the same.
    public internal(set) var id = ""
    /// When it was acknowledged, by the server's clock.
    public internal(set) var timestamp: ServerTime?
    /// The stream.
    public internal(set) var stream = ""
    /// The consumer.
    public internal(set) var consumer = ""
    /// The message's number in its stream.
    public internal(set) var streamSequence: UInt64 = 0
    /// The number of the delivery.
    public internal(set) var consumerSequence: UInt64 = 0
    /// From the delivery to the acknowledgement.
    public internal(set) var delay: Duration = .zero
    /// How often it was delivered.
    public internal(set) var deliveries: UInt64 = 0
    /// The JetStream domain.
    public internal(set) var domain: String?
}

extension AcknowledgementMetric: JSONObject {
    static let fields: [JSONField<AcknowledgementMetric>] = [
        .field("id", \.id, unless: ""), .time("timestamp", \.timestamp), .always("stream", \.stream),
        .always("consumer", \.consumer), .always("stream_seq", \.streamSequence),
        .always("consumer_seq", \.consumerSequence), .always("ack_time", \.delay), .always("deliveries", \.deliveries),
        .optional("domain", \.domain),
    ]
}
