/// Names that servers and clients give a meaning. Ordinary strings: `headers[HeaderName.messageID] = "…"`.
///
/// Sources: ADR-4 (the format), ADR-8, 20, 31, 32, 37, 41, 43, 51 (the names), nats-server `stream.go` and `client.go`.
public enum HeaderName {
    // Core.

    /// In a "no responders" status: the subject that nobody listens to (since nats-server 2.11).
    public static var subject: String { "Nats-Subject" }
    /// Where trace events of this message are published.
    public static var traceDestination: String { "Nats-Trace-Dest" }
    /// Traces the message without delivering it.
    public static var traceOnly: String { "Nats-Trace-Only" }

    // Publishing to a stream.

    /// Deduplicates publishes within the stream's window.
    public static var messageID: String { "Nats-Msg-Id" }
    public static var expectedStream: String { "Nats-Expected-Stream" }
    public static var expectedLastMessageID: String { "Nats-Expected-Last-Msg-Id" }
    public static var expectedLastSequence: String { "Nats-Expected-Last-Sequence" }
    public static var expectedLastSubjectSequence: String { "Nats-Expected-Last-Subject-Sequence" }
    public static var expectedLastSubjectSequenceSubject: String { "Nats-Expected-Last-Subject-Sequence-Subject" }
    public static var rollup: String { "Nats-Rollup" }
    public static var timeToLive: String { "Nats-TTL" }

    // Receiving from a stream.

    public static var stream: String { "Nats-Stream" }
    public static var sequence: String { "Nats-Sequence" }
    public static var timeStamp: String { "Nats-Time-Stamp" }
    public static var lastSequence: String { "Nats-Last-Sequence" }
    public static var lastConsumerSequence: String { "Nats-Last-Consumer" }
    public static var lastStreamSequence: String { "Nats-Last-Stream" }
    public static var consumerStalled: String { "Nats-Consumer-Stalled" }
    public static var pendingMessages: String { "Nats-Pending-Messages" }
    public static var pendingBytes: String { "Nats-Pending-Bytes" }
    public static var messageSize: String { "Nats-Msg-Size" }
    public static var markerReason: String { "Nats-Marker-Reason" }
    public static var numberPending: String { "Nats-Num-Pending" }
    public static var upToSequence: String { "Nats-UpTo-Sequence" }

    // Key-value stores and services.

    public static var keyValueOperation: String { "KV-Operation" }
    public static var serviceError: String { "Nats-Service-Error" }
    public static var serviceErrorCode: String { "Nats-Service-Error-Code" }
}
