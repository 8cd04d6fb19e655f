public import NATSClient

extension JetStream {
    /// A consumer: a place in a stream that the server keeps, with the rules by which it gives messages out.
    ///
    /// A value; it doesn't change when the consumer does. ``cachedInfo`` is what the server said when the value was made. Of a
    /// consumer with a pinned client (ADR-42), the value and its copies are one client: whoever fetches keeps it.
    public struct Consumer: Sendable {
        /// The API through which it is reached.
        public let jetStream: JetStream
        /// The stream that it reads.
        public let streamName: String
        /// Its name.
        public let name: String
        /// What the server said when this value was made; nil when nobody has asked.
        public let cachedInfo: ConsumerInfo?
        let pins = ConsumerPins()

        var concerns: String { "consumer '\(name)' of stream '\(streamName)'" }

        /// `<call>.<stream>.<consumer>`, the subject of an API call without its prefix.
        func subject(_ call: String) -> String { "\(call).\(streamName).\(name)" }
    }
}

extension JetStream.Consumer {
    /// What the server says of it now.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.consumerNotFound`; ``NATSError/Code/jetStreamUnavailable``; what
    ///   `request` throws.
    public func info() async throws -> ConsumerInfo {
        try await jetStream.call(subject("CONSUMER.INFO"), concerns: concerns)
    }

    /// Asks for its configuration, changes it and writes it back: what `change` doesn't touch stays as it is. Two round trips.
    ///
    /// - Throws: as ``JetStream.Stream/updateConsumer(_:)``.
    public func update(_ change: (inout ConsumerConfiguration) -> Void) async throws -> JetStream.Consumer {
        var configuration = try await info().configuration
        change(&configuration)
        return try await jetStream.unverifiedStream(streamName).updateConsumer(configuration)
    }

    /// Removes it. What it has given out and not seen acknowledged is forgotten.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.consumerNotFound`.
    public func delete() async throws {
        _ = try await jetStream.call(subject("CONSUMER.DELETE"), concerns: concerns, as: EmptyReply.self)
    }
}

// MARK: - Pauses

extension JetStream.Consumer {
    /// Gives nothing out until then, by the server's clock. What is out already can be acknowledged; pull requests wait, and push
    /// consumers send their heartbeats on. Server 2.11.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused``; ``NATSError/Code/serverTooOld``.
    @discardableResult
    public func pause(until time: ServerTime) async throws -> ConsumerPause {
        try await setPause(PauseRequest(until: time))
    }

    /// Gives nothing out for so long, by the server's clock, for which it is asked first: two round trips.
    ///
    /// - Throws: as ``pause(until:)``.
    @discardableResult
    public func pause(for duration: Duration) async throws -> ConsumerPause {
        guard let now = try await info().timestamp else {
            throw NATSError(.serverTooOld, "the server doesn't say what its time is; pause needs server 2.11")
        }
        let (end, overflows) = now.nanosecondsSince1970.addingReportingOverflow(duration.nanosecondsClamped)
        return try await pause(until: ServerTime(nanosecondsSince1970: overflows ? .max : end))
    }

    /// Ends a pause; does nothing when there is none. Server 2.11.
    @discardableResult
    public func resume() async throws -> ConsumerPause { try await setPause(PauseRequest()) }

    private func setPause(_ request: PauseRequest) async throws -> ConsumerPause {
        try await jetStream.call(subject("CONSUMER.PAUSE"), request.json, level: 1, concerns: concerns)
    }
}

/// Whether a consumer pauses.
public struct ConsumerPause: Sendable, Hashable {
    /// Whether it pauses.
    public internal(set) var isPaused = false
    /// When the pause ends.
    public internal(set) var until: ServerTime?
    /// How long it still lasts.
    public internal(set) var remaining: Duration?
}

extension ConsumerPause: JSONObject {
    static let fields: [JSONField<ConsumerPause>] = [
        .always("paused", \.isPaused), .time("pause_until", \.until), .duration("pause_remaining", \.remaining),
    ]
}

// MARK: - Where it is, and who has it

extension JetStream.Consumer {
    /// Takes a priority group away from the client that has it, so that another one may get it. Server 2.11.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.consumerInvalidPriorityGroup` when it has no such group.
    public func unpin(group: String) async throws {
        let request = UnpinRequest(group: group)
        _ = try await jetStream.call(
            subject("CONSUMER.UNPIN"), request.json, level: 1, concerns: concerns, as: EmptyReply.self)
    }

    /// Goes back to a message, or on to one: it is the next that is given out. What is out is forgotten, and so is how often
    /// messages were given out. Server 2.14, ADR-60.
    ///
    /// - Parameter sequence: where to go. Nil: behind the last message up to which everything is acknowledged, so that all that is
    ///   out comes again.
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.consumerInvalidReset` when its configuration forbids the place.
    @discardableResult
    public func reset(to sequence: UInt64? = nil) async throws -> ConsumerReset {
        let body = sequence.map { ResetRequest(sequence: $0).json } ?? []
        return try await jetStream.call(subject("CONSUMER.RESET"), body, level: 4, concerns: concerns)
    }
}

/// Where a consumer goes on after a reset.
public struct ConsumerReset: Sendable, Hashable {
    /// The next message that it gives out is the first one from here on.
    public internal(set) var sequence: UInt64 = 0
    public internal(set) var info = ConsumerInfo()
}

extension ConsumerReset: JSONObject {
    static let fields: [JSONField<ConsumerReset>] =
        ConsumerInfo.fields.map { $0.within(\.info) } + [.always("reset_seq", \.sequence)]
}
