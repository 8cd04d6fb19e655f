public import NATSClient
public import NATSProtocol

/// Where a message comes from, and how often it came: what its consumer has written into its reply subject.
///
/// Sources: ADR-15, ADR-53 (both forms of the subject are read).
public struct MessageMetadata: Sendable, Hashable {
    /// The stream's domain, if the server says it.
    public let domain: String?
    public let stream: String
    public let consumer: String
    /// How often it was given out: 1 the first time.
    public let deliveries: UInt64
    /// Its place in the stream.
    public let streamSequence: UInt64
    /// Its place among what the consumer has given out.
    public let consumerSequence: UInt64
    /// When the stream took it.
    public let timestamp: ServerTime
    /// Messages that the consumer had left when it gave this one out; 0 from servers that don't say it.
    public let pending: UInt64

    init(_ parsed: AcknowledgementSubject, in subject: Span<UInt8>) {
        domain = parsed.domain.map { String(repairing: subject.extracting($0)) }
        stream = String(repairing: subject.extracting(parsed.stream))
        consumer = String(repairing: subject.extracting(parsed.consumer))
        deliveries = parsed.deliveries
        streamSequence = parsed.streamSequence
        consumerSequence = parsed.consumerSequence
        timestamp = ServerTime(nanosecondsSince1970: parsed.timeNanoseconds)
        pending = parsed.pending ?? 0
    }
}

extension Message {
    /// Where the message comes from; nil when no consumer has given it. Parsed each time that it is asked for; makes two strings.
    public var metadata: MessageMetadata? {
        AcknowledgementSubject(replyBytes).map { MessageMetadata($0, in: replyBytes) }
    }

    /// Its place in its stream; nil when no consumer has given it. Allocates nothing.
    public var streamSequence: UInt64? { AcknowledgementSubject(replyBytes)?.streamSequence }

    /// How often it was given out; nil when no consumer has given it. Allocates nothing.
    public var deliveries: UInt64? { AcknowledgementSubject(replyBytes)?.deliveries }
}

extension MessageView {
    /// As ``Message/metadata``.
    public var metadata: MessageMetadata? {
        AcknowledgementSubject(replyBytes).map { MessageMetadata($0, in: replyBytes) }
    }

    /// As ``Message/streamSequence``.
    public var streamSequence: UInt64? { AcknowledgementSubject(replyBytes)?.streamSequence }

    /// As ``Message/deliveries``.
    public var deliveries: UInt64? { AcknowledgementSubject(replyBytes)?.deliveries }
}
