/// What must be true of the stream for it to take a message: optimistic concurrency.
///
///     try await js.publish("orders.7", bytes, expecting: .lastSubjectSequence(41))
///     try await js.publish("orders.8", bytes, expecting: [.stream("ORDERS"), .noMessageOnSubject])
///
/// Each is checked by the stream's leader together with storing the message. Of two of the same kind the last one counts. A
/// message that doesn't find what it expects is refused: ``NATSError/Code/jetStreamRefused`` with `.streamNotMatch`,
/// `.streamWrongLastSequence`, `.streamWrongLastSequenceConstant` or `.streamWrongLastMsgID`.
public struct PublishExpectations: Sendable, Hashable, ExpressibleByArrayLiteral {
    var stream: String?
    var lastSequence: UInt64?
    var lastMessageID: String?
    var lastSubjectSequence: UInt64?
    var lastSubjectSequenceSubject: String?

    /// Several expectations; all of them must be met.
    public init(arrayLiteral elements: PublishExpectations...) {
        for element in elements { merge(element) }
    }

    /// None.
    public init() {}

    private mutating func merge(_ other: PublishExpectations) {
        stream = other.stream ?? stream
        lastSequence = other.lastSequence ?? lastSequence
        lastMessageID = other.lastMessageID ?? lastMessageID
        lastSubjectSequence = other.lastSubjectSequence ?? lastSubjectSequence
        lastSubjectSequenceSubject = other.lastSubjectSequenceSubject ?? lastSubjectSequenceSubject
    }
}

extension PublishExpectations {
    /// The subject belongs to this stream.
    public static func stream(_ name: String) -> Self { .with { $0.stream = name } }

    /// The stream's last message has this number.
    public static func lastSequence(_ sequence: UInt64) -> Self { .with { $0.lastSequence = sequence } }

    /// The stream never had a message.
    public static var noMessage: Self { .lastSequence(0) }

    /// The stream's last message has this id.
    public static func lastMessageID(_ id: String) -> Self { .with { $0.lastMessageID = id } }

    /// The last message on the message's own subject has this number.
    public static func lastSubjectSequence(_ sequence: UInt64) -> Self { .with { $0.lastSubjectSequence = sequence } }

    /// The last message on another subject, or on any that matches a pattern, has this number. Server 2.11.
    public static func lastSubjectSequence(_ sequence: UInt64, of subject: String) -> Self {
        .with {
            $0.lastSubjectSequence = sequence
            $0.lastSubjectSequenceSubject = subject
        }
    }

    /// There is no message on the message's own subject.
    public static var noMessageOnSubject: Self { .lastSubjectSequence(0) }

    private static func with(_ change: (inout Self) -> Void) -> Self {
        var expectations = Self()
        change(&expectations)
        return expectations
    }
}
