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
    /// The publish fails unless the subject belongs to the stream with this name.
    public static var expectedStream: String { "Nats-Expected-Stream" }
    /// The publish fails unless the last message of the stream has this message id.
    public static var expectedLastMessageID: String { "Nats-Expected-Last-Msg-Id" }
    /// The publish fails unless the last message of the stream has this sequence number.
    public static var expectedLastSequence: String { "Nats-Expected-Last-Sequence" }
    /// The publish fails unless the last message of the same subject has this sequence number; 0: there is none.
    public static var expectedLastSubjectSequence: String { "Nats-Expected-Last-Subject-Sequence" }
    /// The subject, perhaps with wildcards, that `expectedLastSubjectSequence` looks at instead of the message's own.
    public static var expectedLastSubjectSequenceSubject: String { "Nats-Expected-Last-Subject-Sequence-Subject" }
    /// Replaces all earlier messages of the subject (`sub`) or of the stream (`all`).
    public static var rollup: String { "Nats-Rollup" }
    /// How long the stream keeps the message: seconds, a Go duration such as `1h30m`, or `never` (server 2.11+).
    public static var timeToLive: String { "Nats-TTL" }

    /// What a counter is changed by: `+1`, `-5` (server 2.12).
    public static var increment: String { "Nats-Incr" }
    /// What each source contributes to a counter, as JSON (server 2.12).
    public static var counterSources: String { "Nats-Counter-Sources" }
    /// When the stream publishes on behalf of this message: `@at`, `@every`, or a cron line (server 2.12).
    public static var schedule: String { "Nats-Schedule" }
    /// The subject to which a schedule publishes.
    public static var scheduleTarget: String { "Nats-Schedule-Target" }
    /// The subject whose last message a schedule publishes, instead of the schedule's own payload.
    public static var scheduleSource: String { "Nats-Schedule-Source" }
    /// How long the stream keeps what a schedule publishes.
    public static var scheduleTimeToLive: String { "Nats-Schedule-TTL" }
    /// `sub`: what a schedule publishes replaces what it has published before.
    public static var scheduleRollup: String { "Nats-Schedule-Rollup" }
    /// The time zone of a cron line.
    public static var scheduleTimeZone: String { "Nats-Schedule-Time-Zone" }
    /// The subject of the schedule that has published the message, or that is to end.
    public static var scheduler: String { "Nats-Scheduler" }
    /// When a schedule publishes next; `purge` ends it.
    public static var scheduleNext: String { "Nats-Schedule-Next" }
    /// The batch to which a message belongs.
    public static var batchID: String { "Nats-Batch-Id" }
    /// The message's number in its batch, from 1.
    public static var batchSequence: String { "Nats-Batch-Sequence" }
    /// Ends a batch: `1` with this message, `eob` before it.
    public static var batchCommit: String { "Nats-Batch-Commit" }
    /// What the server must know at least.
    public static var requiredAPILevel: String { "Nats-Required-Api-Level" }

    // Receiving from a stream.

    /// The stream that the message was stored in.
    public static var stream: String { "Nats-Stream" }
    /// The sequence number of the message in its stream.
    public static var sequence: String { "Nats-Sequence" }
    /// When the message was stored, in RFC 3339.
    public static var timeStamp: String { "Nats-Time-Stamp" }
    /// The sequence number of the message of the same subject before this one, in a batch of direct gets.
    public static var lastSequence: String { "Nats-Last-Sequence" }
    /// In an idle heartbeat: the consumer's sequence number of the last delivered message.
    public static var lastConsumerSequence: String { "Nats-Last-Consumer" }
    /// In an idle heartbeat: the stream's sequence number of the last delivered message.
    public static var lastStreamSequence: String { "Nats-Last-Stream" }
    /// In an idle heartbeat: the subject to answer so that a consumer stopped by flow control goes on.
    public static var consumerStalled: String { "Nats-Consumer-Stalled" }
    /// In the status that ends a pull: how many messages of the request were not delivered.
    public static var pendingMessages: String { "Nats-Pending-Messages" }
    /// In the status that ends a pull: how many bytes of the request were not delivered.
    public static var pendingBytes: String { "Nats-Pending-Bytes" }
    /// In a headers-only delivery: the size of the payload that was left out, in bytes.
    public static var messageSize: String { "Nats-Msg-Size" }
    /// The pin of the client that alone gets a group's messages now (server 2.11).
    public static var pinID: String { "Nats-Pin-Id" }
    /// Why the server placed a delete marker: `MaxAge`, `Purge` or `Remove` (server 2.11+).
    public static var markerReason: String { "Nats-Marker-Reason" }
    /// How many messages follow in a batch of direct gets.
    public static var numberPending: String { "Nats-Num-Pending" }
    /// The sequence number up to which a batch of direct gets reads.
    public static var upToSequence: String { "Nats-UpTo-Sequence" }

    // Key-value stores and services.

    /// What happened to a key: `DEL` or `PURGE`; absent for a put.
    public static var keyValueOperation: String { "KV-Operation" }
    /// Why a service couldn't answer, as text.
    public static var serviceError: String { "Nats-Service-Error" }
    /// Why a service couldn't answer, as a number.
    public static var serviceErrorCode: String { "Nats-Service-Error-Code" }
}
