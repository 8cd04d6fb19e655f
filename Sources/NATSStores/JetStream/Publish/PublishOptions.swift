import NATSClient
internal import NATSProtocol

/// Everything that a publish can ask of the stream, as values. All of it goes as headers of the message.
public struct PublishOptions: Sendable, Hashable {
    /// Two messages of the same id within the stream's duplicate window are stored once.
    public var messageID: String?
    /// What must be true of the stream.
    public var expecting: PublishExpectations
    /// How long the stream keeps the message. Server 2.11.
    public var timeToLive: TimeToLive?
    /// Which earlier messages it replaces.
    public var rollup: Rollup?
    /// Makes the message a schedule. Server 2.12.
    public var schedule: MessageSchedule?
    /// Ends the schedule of this subject, together with storing the message (ADR-51). Server 2.12.
    public var endsSchedule: String?
    /// Changes a counter (ADR-49); such a message has no payload. Server 2.12.
    public var increment: CounterValue?
    /// How often a message is published again when nobody listens on its subject, or the stream is too busy (ADR-22). Default: 2.
    public var retryAttempts = 2
    /// The pause before each of these attempts. Default: 250 ms.
    public var retryPause = Duration.milliseconds(250)

    /// Options; those that are left out have no effect.
    public init(
        messageID: String? = nil, expecting: PublishExpectations = [], timeToLive: TimeToLive? = nil, rollup: Rollup? = nil,
        schedule: MessageSchedule? = nil, endsSchedule: String? = nil, increment: CounterValue? = nil
    ) {
        self.messageID = messageID
        self.expecting = expecting
        self.timeToLive = timeToLive
        self.rollup = rollup
        self.schedule = schedule
        self.endsSchedule = endsSchedule
        self.increment = increment
    }
}

extension PublishOptions {
    /// These headers and those that the options stand for.
    func headers(with others: Headers?) throws(NATSError) -> Headers? {
        var headers = others ?? Headers()
        do throws(HeaderError) {
            try write(to: &headers)
        } catch {
            throw NATSError(.invalidHeader, "\(error)", underlying: error)
        }
        return headers.isEmpty ? others : headers
    }

    private func write(to headers: inout Headers) throws(HeaderError) {
        if let messageID { try headers.set(HeaderName.messageID, messageID) }
        if let timeToLive { try headers.set(HeaderName.timeToLive, timeToLive.description) }
        if let rollup { try headers.set(HeaderName.rollup, rollup.rawValue) }
        if let increment { try headers.set(HeaderName.increment, increment.signed) }
        try expecting.write(to: &headers)
        try schedule?.write(to: &headers)
        if let endsSchedule {
            try headers.set(HeaderName.scheduler, endsSchedule)
            try headers.set(HeaderName.scheduleNext, "purge")
        }
    }
}

extension PublishExpectations {
    func write(to headers: inout Headers) throws(HeaderError) {
        if let stream { try headers.set(HeaderName.expectedStream, stream) }
        if let lastSequence { try headers.set(HeaderName.expectedLastSequence, String(lastSequence)) }
        if let lastMessageID { try headers.set(HeaderName.expectedLastMessageID, lastMessageID) }
        if let lastSubjectSequence {
            try headers.set(HeaderName.expectedLastSubjectSequence, String(lastSubjectSequence))
        }
        if let subject = lastSubjectSequenceSubject {
            try headers.set(HeaderName.expectedLastSubjectSequenceSubject, subject)
        }
    }
}

extension MessageSchedule {
    func write(to headers: inout Headers) throws(HeaderError) {
        try headers.set(HeaderName.schedule, time.description)
        try headers.set(HeaderName.scheduleTarget, target)
        if let source { try headers.set(HeaderName.scheduleSource, source) }
        if let timeToLive { try headers.set(HeaderName.scheduleTimeToLive, timeToLive.description) }
        if replacesEarlier { try headers.set(HeaderName.scheduleRollup, "sub") }
        if let timeZone { try headers.set(HeaderName.scheduleTimeZone, timeZone) }
    }
}
