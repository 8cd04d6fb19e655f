import NATSClient
internal import NATSProtocol

/// What a stream says of a message that it has.
///
/// Source: `PubAck` in nats-server's `server/stream.go`.
public struct PublishAck: Sendable, Hashable {
    /// The stream that has the message.
    public let stream: String
    /// The message's number in the stream; of a duplicate, that of the message which was stored. Of a batch: the last one's.
    public let sequence: UInt64
    /// The JetStream domain of the stream, when its server has one.
    public let domain: String?
    /// A message with the same id was stored before, within the stream's duplicate window; this one was not.
    public let isDuplicate: Bool
    /// Of a counter: its value after the increment.
    public let counter: CounterValue?
    /// Of a batch: its id.
    public let batchID: String?
    /// Of a batch: how many messages it had.
    public let batchCount: Int?
}

extension PublishAck {
    init(_ acknowledgement: PublishAcknowledgement) {
        stream = acknowledgement.stream
        sequence = acknowledgement.sequence
        domain = acknowledgement.domain
        isDuplicate = acknowledgement.isDuplicate
        counter = acknowledgement.value.flatMap { CounterValue($0) }
        batchID = acknowledgement.batch
        batchCount = acknowledgement.batch == nil ? nil : Int(clamping: acknowledgement.batchCount)
    }

    /// How a message of an ``AsyncPublisher`` has ended.
    static func result(_ result: PublishResult) -> Result<PublishAck, NATSError> {
        switch result {
        case .stored(let sequence, let isDuplicate, let stream):
            .success(
                PublishAck(
                    stream: stream.name, sequence: sequence, domain: stream.domain, isDuplicate: isDuplicate, counter: nil,
                    batchID: nil, batchCount: nil))
        case .acknowledged(let detailed): .success(PublishAck(detailed.value))
        case .failed(let error):
            .failure(error as? NATSError ?? NATSError(.protocolViolation, "the message has failed", underlying: error))
        }
    }
}
