import NATSProtocol

/// Where the parts of a message lie inside its receive block. Trivial, 24 bytes: what a delivery queue holds for
/// each message beside the reference to the block.
///
/// Offsets fit 32 bits since a block is smaller than 4 GiB; names fit 16 bits since the decoder caps control lines
/// at 65,535 bytes.
struct MessageLayout: BitwiseCopyable {
    /// Start of the subject in the block.
    var subjectStart: UInt32
    /// Start of the header block, or of the payload when there are no headers.
    var bodyStart: UInt32
    var headerCount: UInt32
    var payloadCount: UInt32
    var subjectCount: UInt16
    /// Start of the reply subject, counted from the subject's start.
    var replyOffset: UInt16
    /// Zero: no reply subject.
    var replyCount: UInt16
    private let unused: UInt16 = 0

    /// The layout of a decoded frame whose span starts at `origin` of the block.
    @inline(__always)
    init(_ frame: DecodedFrame, origin: Int) {
        subjectStart = UInt32(truncatingIfNeeded: origin &+ frame.subjectStart)
        bodyStart = UInt32(truncatingIfNeeded: origin &+ frame.bodyStart)
        headerCount = UInt32(truncatingIfNeeded: frame.headerCount)
        payloadCount = UInt32(truncatingIfNeeded: frame.payloadCount)
        subjectCount = UInt16(truncatingIfNeeded: frame.subjectCount)
        replyOffset = UInt16(truncatingIfNeeded: frame.replyStart &- frame.subjectStart)
        replyCount = UInt16(truncatingIfNeeded: frame.replyCount)
    }

    /// The bytes that limits and statistics charge: subject, reply subject, headers and payload.
    @inline(__always)
    var chargedBytes: Int {
        Int(subjectCount) &+ Int(replyCount) &+ Int(headerCount) &+ Int(payloadCount)
    }

    /// One past the last byte of the message in its block.
    @inline(__always)
    var end: Int { Int(bodyStart) &+ Int(headerCount) &+ Int(payloadCount) }

    /// Bytes of the message and the one behind it, the first of its line end, which says whether the message was claimed
    /// (``Message/claim()``): what a copy needs.
    var copiedCount: Int { end &- Int(subjectStart) &+ 1 }

    /// The same message in another block, `delta` bytes further.
    @inline(__always)
    func moved(by delta: Int) -> MessageLayout {
        var copy = self
        copy.subjectStart = UInt32(truncatingIfNeeded: Int(subjectStart) &+ delta)
        copy.bodyStart = UInt32(truncatingIfNeeded: Int(bodyStart) &+ delta)
        return copy
    }
}
