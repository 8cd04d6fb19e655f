/// How a consumer is pulled from.
package struct PullConfiguration: Sendable {
    /// How it goes on.
    package enum Manner: Sendable, Hashable {
        /// Asks again before what it has asked for has come.
        case continuous
        /// Asks once.
        case once
    }

    package var manner = Manner.continuous
    /// Messages that may be asked for and not yet be taken by the user.
    package var maximumMessages = 1000
    /// Bytes of them, as the server counts: subjects, headers and payloads. Nil: any number.
    package var maximumBytes: Int?
    /// Asks again when no more than this part, in per cent, of what it may ask for is out.
    package var refillPercent = 50
    package var expiryNanoseconds: UInt64 = 30_000_000_000
    /// 0: the server isn't to say that it is there.
    package var heartbeatNanoseconds: UInt64 = 5_000_000_000
    /// Doesn't wait for messages.
    package var noWait = false
    /// Of a consumer with priority groups (ADR-42).
    package var group: String?
    package var minimumPending: UInt64?
    package var minimumAcknowledgementsPending: UInt64?
    package var priority: Int?
    /// A consumer that nobody answers for may come back: so many times it is asked again. Nil: for ever.
    package var maximumUnanswered: Int?
    /// Of a continuous pull: after so many messages it is over. Nil: it goes on.
    package var messageLimit: Int?

    package init() {}
}

/// One request for messages.
package struct PullRequest: Sendable, Hashable {
    /// Counts the requests; stands at the end of the subject for its answers, so that a status says whose it is.
    package var serial: UInt64
    package var batch: Int
    package var maximumBytes: Int?
    package var expiryNanoseconds: UInt64

    package init(serial: UInt64, batch: Int, maximumBytes: Int? = nil, expiryNanoseconds: UInt64) {
        self.serial = serial
        self.batch = batch
        self.maximumBytes = maximumBytes
        self.expiryNanoseconds = expiryNanoseconds
    }

    /// The body of the request (`JSApiConsumerGetNextRequest` in nats-server).
    ///
    /// - Parameter pinID: says that we are the client that gets everything.
    package func write(_ configuration: PullConfiguration, pinID: String? = nil, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("batch", batch)
        if let maximumBytes { writer.field("max_bytes", maximumBytes) }
        if expiryNanoseconds > 0 { writer.field("expires", expiryNanoseconds) }
        if configuration.noWait { writer.field("no_wait", true) }
        // The server refuses a heartbeat of which two don't fit into the request's time.
        let heartbeat = min(configuration.heartbeatNanoseconds, expiryNanoseconds / 2)
        if heartbeat > 0 { writer.field("idle_heartbeat", heartbeat) }
        writer.field("group", configuration.group)
        if let pending = configuration.minimumPending { writer.field("min_pending", pending) }
        if let pending = configuration.minimumAcknowledgementsPending { writer.field("min_ack_pending", pending) }
        writer.field("id", pinID)
        if let priority = configuration.priority { writer.field("priority", priority) }
        writer.endObject()
    }
}
