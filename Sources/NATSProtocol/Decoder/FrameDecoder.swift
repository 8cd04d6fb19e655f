/// Cuts the byte stream of a server into frames.
///
/// The caller keeps the unread bytes and calls `next` with the offset where the last frame ended. After `.needsMore` it
/// calls again with the same bytes, and more of them, and the offset of the same byte. The decoder remembers how far
/// it looked, so that a frame that comes in drips costs no more than its length.
///
/// It is total: every row of bytes gives frames or one `ProtocolError`, and after an error it gives the same error for
/// ever. How the bytes were cut into chunks changes nothing: limits and errors depend on the content alone.
///
/// The grammar (https://docs.nats.io/reference/reference-protocols/nats-protocol), where words are told from each other
/// by one or more spaces or tabs and operations may come in any letter case:
///
///     MSG subject sid [reply] size↵payload↵
///     HMSG subject sid [reply] headerSize totalSize↵headers payload↵
///     INFO json↵    -ERR text↵    PING↵    PONG↵    +OK↵
///
/// Messages in the form that servers write (one space between words) are decoded by `FrameDecoder+Fast.swift`, all
/// else by `FrameDecoder+Slow.swift`; what the former doesn't take as it is goes to the latter, which alone decides.
@usableFromInline
package struct FrameDecoder: Sendable {
    @usableFromInline internal let limits: DecoderLimits
    /// Whether the last call left something behind: a partial frame or an error.
    @usableFromInline internal var hasLeftover = false
    /// How many bytes of the current control line are known to hold no line end.
    internal var scannedCount = 0
    /// How many bytes of the current frame it takes to get any further; 0 when unknown.
    @usableFromInline internal var neededCount = 0
    /// What the next message is likely to begin with.
    @usableFromInline internal var repeated = RepeatedLine()
    /// What every call throws from now on.
    internal var failure: ProtocolError?

    package init(limits: DecoderLimits = DecoderLimits()) {
        self.limits = limits
    }

    /// Decodes the frame that starts at `start`; `frame` receives where its parts lie in `bytes`.
    ///
    /// - Throws: the first defect of the stream, again at every later call.
    @inlinable
    package mutating func next(
        _ bytes: Span<UInt8>, at start: Int, _ frame: inout DecodedFrame
    ) throws(ProtocolError) -> FrameKind {
        if !hasLeftover, let kind = nextFast(bytes, at: start, &frame), isWithinLimits(frame, from: start) {
            return kind
        }
        return try nextSlow(bytes, at: start, &frame)
    }

    /// Whether a message that starts at `start` is one that the slow path accepts too.
    @inlinable
    @inline(__always)
    internal func isWithinLimits(_ frame: DecodedFrame, from start: Int) -> Bool {
        frame.headerCount &+ frame.payloadCount <= limits.payloadBytes && frame.headerCount <= limits.headerBytes
            && frame.bodyStart &- start <= limits.controlLineBytes &+ 2
    }
}
