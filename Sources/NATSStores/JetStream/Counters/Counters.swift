import NATSClient

/// The counters of a stream: one for each subject, of any size, changed without conflicts (ADR-49, server 2.12).
///
///     let visits = stream.counters
///     try await visits.add(1, to: "visits.home")
///     let total = try await visits.value(of: "visits.home")
///
/// The stream needs ``StreamConfiguration/allowsCounters``, and takes nothing else then; with
/// ``StreamConfiguration/allowsDirectGet`` values are read from any replica, and many at once. What is stored, in bodies and headers,
/// is what the orbit libraries of other languages store and read.
public struct Counters: Sendable {
    /// The stream that has them.
    public let stream: JetStream.Stream

    /// Changes a counter, which is 0 before, by so much; less than 0 takes away.
    ///
    /// - Parameter messageID: within the stream's duplicate window, two changes of the same id count once. Without one, a change of
    ///   which nobody knows whether it arrived (``NATSError/Code/timedOut``, ``NATSError/Code/connectionLost``) can't be repeated.
    /// - Returns: its value now; nil when the stream doesn't say it, as for a change that it had already.
    /// - Throws: ``NATSError/Code/jetStreamRefused``, such as `.messageIncrDisabled`; what `publish` throws.
    ///
    /// Cost: one round trip.
    @discardableResult
    public func add(_ amount: CounterValue, to subject: String, messageID: String? = nil) async throws -> CounterValue? {
        let options = PublishOptions(messageID: messageID, increment: amount)
        return try await stream.jetStream.publish(subject, options: options).counter
    }

    /// The value of a counter; nil when nothing was added to it.
    ///
    /// - Parameter source: the leader knows of every change that was acknowledged; another replica may be behind it.
    /// - Throws: ``NATSError/Code/protocolViolation`` when what is stored there isn't a counter; what
    ///   ``JetStream/Stream/lastMessage(on:source:)`` throws.
    ///
    /// Cost: one round trip.
    public func value(of subject: String, source: ReadSource = .anyReplica) async throws -> CounterValue? {
        try await entry(of: subject, source: source)?.value
    }

    /// The value of a counter and where it comes from; nil when nothing was added to it. As ``value(of:source:)``.
    public func entry(of subject: String, source: ReadSource = .anyReplica) async throws -> CounterEntry? {
        try await stream.lastMessage(on: subject, source: source).map { try CounterEntry($0) }
    }

    /// The counters of these subjects, and of those that match patterns among them, all of one moment, in the order of their last
    /// changes. Those to which nothing was added are left out.
    ///
    /// - Throws: as ``JetStream/Stream/lastMessages(on:upTo:from:count:maximumBytes:)``, of which at most 1,024 are read;
    ///   ``NATSError/Code/protocolViolation`` when what is stored isn't a counter.
    ///
    /// Cost: one round trip for every 8 MiB.
    public func entries(of subjects: [String]) async throws -> [CounterEntry] {
        var entries: [CounterEntry] = []
        var batch = try await stream.lastMessages(on: subjects)
        while true {
            try entries.append(contentsOf: batch.elements.map { try CounterEntry($0) })
            guard batch.pendingCount > 0, let last = batch.elements.last, let moment = batch.upToSequence else { return entries }
            batch = try await stream.lastMessages(on: subjects, upTo: .sequence(moment), from: last.sequence + 1)
        }
    }

    /// The values of these counters by their subjects. As ``entries(of:)``.
    public func values(of subjects: [String]) async throws -> [String: CounterValue] {
        let entries = try await entries(of: subjects)
        return Dictionary(entries.map { ($0.subject, $0.value) }) { _, last in last }
    }
}

extension JetStream.Stream {
    /// Its counters, if it has them. See ``Counters``.
    public var counters: Counters { Counters(stream: self) }
}
