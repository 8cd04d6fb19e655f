public import NATSProtocol

/// Publishes to one subject, checked and encoded once. For those who publish to it a million times.
///
/// Made by ``NATSConnection/publisher(for:)``. A value; use it from any thread.
public struct PreparedPublisher: Sendable {
    /// The subject.
    public let subject: String
    private let prefix: PublishPrefix
    private let core: ConnectionCore

    init(subject: String, core: ConnectionCore) throws(NATSError) {
        if let defect = SubjectValidation.validatePublish(subject.utf8Span.span) {
            throw NATSError(.invalidSubject, "the subject can't be published to: \(defect)", subject: subject)
        }
        self.subject = subject
        self.core = core
        prefix = PublishPrefix(subject: subject)
    }

    /// Publishes bytes. Never suspends or allocates; throws as
    /// ``NATSConnection/publish(_:_:headers:reply:)-(_,String,_,_)``.
    @inlinable
    public func publish(
        _ payload: Span<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        if headers == nil, reply == nil, tryPublish(payload) { return }
        try publishChecked(payload, headers: headers, reply: reply)
    }

    /// Publishes text.
    @inlinable
    public func publish(_ payload: String, headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        try publish(payload.utf8Span.span, headers: headers, reply: reply)
    }

    /// Publishes bytes.
    @inlinable
    public func publish(_ payload: [UInt8], headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        if headers == nil, reply == nil, tryPublish(payload) { return }
        try publishChecked(payload, headers: headers, reply: reply)
    }

    @usableFromInline
    func publishChecked(_ payload: [UInt8], headers: Headers?, reply: String?) throws(NATSError) {
        guard payload.count >= StagedBytes.externalPayloadMin else {
            return try publishChecked(payload.span, headers: headers, reply: reply)
        }
        let block = headers ?? Headers()
        let refusal =
            block.defect != nil
            ? .invalidHeaders
            : core.stageLargePublish(
                subject: subject.utf8Span.span, reply: (reply ?? "").utf8Span.span, headers: block.publishedBytes,
                payload: payload)
        try core.check(refusal, subject: subject, reply: reply, headers: headers)
    }

    /// Publishes bytes.
    public func publish(
        _ payload: ArraySlice<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        try publish(payload.span, headers: headers, reply: reply)
    }

    /// Publishes memory of the caller.
    public func publish(_ payload: RawSpan, headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        try publish(payload.byteSpan, headers: headers, reply: reply)
    }

    /// Suspends until there is room, so that a fast loop can pace itself:
    /// `try await publisher.ready(); try publisher.publish(bytes)`. As ``OutboundBuffer/ready()``.
    public func ready() async throws { try await core.waitUntilReady(subject: subject) }

    /// Publishes if nothing stands against it. False: nothing was published.
    @usableFromInline
    func tryPublish(_ payload: Span<UInt8>) -> Bool {
        core.stageShort(prefix: prefix, payload: payload)
    }

    @usableFromInline
    func tryPublish(_ payload: [UInt8]) -> Bool {
        payload.count < StagedBytes.externalPayloadMin && core.stageShort(prefix: prefix, payload: payload.span)
    }

    /// The general form: any headers and reply, and the reason of a refusal.
    @usableFromInline
    func publishChecked(_ payload: Span<UInt8>, headers: Headers?, reply: String?) throws(NATSError) {
        let refusal = stage(payload, headers: headers, reply: reply)
        try core.check(refusal, subject: subject, reply: reply, headers: headers)
    }

    private func stage(_ payload: Span<UInt8>, headers: Headers?, reply: String?) -> PublishRefusal? {
        guard let headers else {
            return core.stagePublish(
                prefix: prefix, reply: (reply ?? "").utf8Span.span, headers: Span(), payload: payload)
        }
        guard headers.defect == nil else { return .invalidHeaders }
        return core.stagePublish(
            prefix: prefix, reply: (reply ?? "").utf8Span.span, headers: headers.publishedBytes, payload: payload)
    }
}

extension NATSConnection {
    /// Prepares publishing to one subject: checks and encodes it once.
    ///
    /// - Throws: ``NATSError/Code/invalidSubject``.
    public func publisher(for subject: String) throws(NATSError) -> PreparedPublisher {
        try PreparedPublisher(subject: subject, core: core)
    }
}
