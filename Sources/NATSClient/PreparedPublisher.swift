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
    public func publish(
        _ payload: Span<UInt8>, headers: Headers? = nil, reply: String? = nil
    ) throws(NATSError) {
        let refusal = stage(payload, headers: headers, reply: reply)
        try core.check(refusal, subject: subject, reply: reply, headers: headers)
    }

    /// Publishes text.
    public func publish(_ payload: String, headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        try publish(payload.utf8Span.span, headers: headers, reply: reply)
    }

    /// Publishes bytes.
    public func publish(_ payload: [UInt8], headers: Headers? = nil, reply: String? = nil) throws(NATSError) {
        guard payload.count >= StagedBytes.externalPayloadMin else {
            return try publish(payload.span, headers: headers, reply: reply)
        }
        let block = headers ?? .none
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

    @inline(__always)
    private func stage(_ payload: Span<UInt8>, headers: Headers?, reply: String?) -> PublishRefusal? {
        if headers == nil, reply == nil {
            return core.stagePublish(
                prefix: prefix, reply: Span<UInt8>(), headers: Span<UInt8>(), payload: payload)
        }
        guard headers?.defect == nil else { return .invalidHeaders }
        let block = headers ?? .none
        return core.stagePublish(
            prefix: prefix, reply: (reply ?? "").utf8Span.span, headers: block.publishedBytes, payload: payload)
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
