/// What the server sent.
@usableFromInline
package enum FrameKind: UInt8, Sendable {
    /// The frame isn't complete: call again with the same start and more bytes.
    case needsMore
    /// MSG or HMSG.
    case message
    case info
    case ping
    case pong
    case ok
    case error
}

/// Where the parts of one frame lie in the bytes that were given to `FrameDecoder.next`.
///
/// Offsets only: nothing is copied and nothing needs releasing. A field has a meaning only for the kinds of frame
/// that its comment names; the decoder doesn't clear the others.
@usableFromInline
package struct DecodedFrame: BitwiseCopyable, Sendable {
    // Messages.

    /// The subscription's number; 0 when the server wrote something that is no number below 2^64.
    @usableFromInline package var sid: UInt64 = 0
    @usableFromInline package var subjectStart = 0
    @usableFromInline package var subjectCount = 0
    @usableFromInline package var replyStart = 0
    /// 0 when there is no reply subject.
    @usableFromInline package var replyCount = 0
    /// Where the header block starts, and the payload when there is none.
    @usableFromInline package var bodyStart = 0
    /// The size of the header block; 0 for MSG.
    @usableFromInline package var headerCount = 0
    /// The size of the payload, headers not counted.
    @usableFromInline package var payloadCount = 0

    // INFO and -ERR.

    /// The JSON object of INFO; the text of -ERR without the blanks and quotes around it.
    @usableFromInline package var textStart = 0
    @usableFromInline package var textCount = 0

    // Every kind.

    /// One past the frame's last byte: where the next one starts.
    @usableFromInline package var end = 0
    /// After `.needsMore`: how many bytes from the start of the frame it takes to get any further. 0 when that is
    /// unknown because the control line isn't complete.
    @usableFromInline package var needed = 0

    @inlinable
    package init() {}

    /// Where the payload starts.
    @inlinable package var payloadStart: Int { bodyStart &+ headerCount }
}
