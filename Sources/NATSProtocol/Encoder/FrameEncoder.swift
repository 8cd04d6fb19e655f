/// Writes what a client sends. Every function appends whole frames to the caller's buffer, after reserving their
/// exact size once; none checks what it is given: subjects, queue groups and header blocks were validated before.
///
/// The grammar lines are those of https://docs.nats.io/reference/reference-protocols/nats-protocol: `␠` is one space,
/// `↵` is CR LF.
@usableFromInline
package enum FrameEncoder {
    // MARK: Sizes

    /// The size of the frame that `publish` writes; `headerCount` 0 means PUB.
    @inlinable
    package static func publishedSize(
        subjectCount: Int, replyCount: Int, headerCount: Int = 0, payloadCount: Int
    ) -> Int {
        let line = publishedLineSize(
            subjectCount: subjectCount, replyCount: replyCount, headerCount: headerCount, payloadCount: payloadCount)
        return line &+ headerCount &+ payloadCount &+ 2
    }

    /// The size of the control line of that frame, with its operation and CR LF. The server's `max_control_line`
    /// counts the part between the operation and CR LF.
    @inlinable
    package static func publishedLineSize(
        subjectCount: Int, replyCount: Int, headerCount: Int = 0, payloadCount: Int
    ) -> Int {
        let total = headerCount &+ payloadCount
        var size = 4 &+ subjectCount &+ 1 &+ Decimal.digitCount(UInt64(truncatingIfNeeded: total)) &+ 2
        if replyCount > 0 { size &+= replyCount &+ 1 }
        if headerCount > 0 { size &+= 1 &+ Decimal.digitCount(UInt64(truncatingIfNeeded: headerCount)) &+ 1 }
        return size
    }

    // MARK: Publishing

    /// `PUB␠subject␠[reply␠]size↵payload↵`; an empty `reply` means none.
    @inlinable
    package static func publish(
        subject: Span<UInt8>, reply: Span<UInt8>, payload: Span<UInt8>, into buffer: inout ByteBuffer
    ) {
        buffer.reserve(
            publishedSize(subjectCount: subject.count, replyCount: reply.count, payloadCount: payload.count))
        buffer.append(fourBytes: 0x2042_5550)  // "PUB "
        buffer.append(subject)
        buffer.append(0x20)
        finish(reply: reply, payload: payload, into: &buffer)
    }

    /// `HPUB␠subject␠[reply␠]headerSize␠totalSize↵headers payload↵`; `headers` is a whole block, `NATS/1.0↵…↵↵`.
    @inlinable
    package static func publish(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) {
        buffer.reserve(
            publishedSize(
                subjectCount: subject.count, replyCount: reply.count, headerCount: headers.count,
                payloadCount: payload.count))
        buffer.append(0x48)
        buffer.append(fourBytes: 0x2042_5550)
        buffer.append(subject)
        buffer.append(0x20)
        finish(reply: reply, headers: headers, payload: payload, into: &buffer)
    }

    /// `PUB␠subject␠[reply␠]size↵payload↵`, with the part up to the subject prepared.
    @inlinable
    package static func publish(
        prefix: borrowing PublishPrefix, reply: Span<UInt8>, payload: Span<UInt8>, into buffer: inout ByteBuffer
    ) {
        buffer.reserve(
            publishedSize(subjectCount: prefix.subjectCount, replyCount: reply.count, payloadCount: payload.count))
        buffer.append(prefix.publish)
        finish(reply: reply, payload: payload, into: &buffer)
    }

    /// `HPUB␠subject␠[reply␠]headerSize␠totalSize↵headers payload↵`, with the part up to the subject prepared.
    @inlinable
    package static func publish(
        prefix: borrowing PublishPrefix, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) {
        buffer.reserve(
            publishedSize(
                subjectCount: prefix.subjectCount, replyCount: reply.count, headerCount: headers.count,
                payloadCount: payload.count))
        buffer.append(prefix.headerPublish)
        finish(reply: reply, headers: headers, payload: payload, into: &buffer)
    }

    /// Only the control line and the headers of a publish, for a payload that is sent from where it lies: the caller
    /// sends `payloadCount` bytes and CR LF after it. Empty `headers` give PUB.
    package static func publishLine(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payloadCount: Int,
        into buffer: inout ByteBuffer
    ) {
        buffer.reserve(
            headers.count
                &+ publishedLineSize(
                    subjectCount: subject.count, replyCount: reply.count, headerCount: headers.count,
                    payloadCount: payloadCount))
        if !headers.isEmpty { buffer.append(0x48) }
        buffer.append(fourBytes: 0x2042_5550)
        buffer.append(subject)
        buffer.append(0x20)
        if !reply.isEmpty {
            buffer.append(reply)
            buffer.append(0x20)
        }
        if !headers.isEmpty {
            buffer.append(decimal: UInt64(truncatingIfNeeded: headers.count))
            buffer.append(0x20)
        }
        buffer.append(decimal: UInt64(truncatingIfNeeded: headers.count &+ payloadCount))
        buffer.appendLineEnd()
        buffer.append(headers)
    }

    /// `[reply␠]size↵payload↵`
    @inlinable
    @inline(__always)
    internal static func finish(reply: Span<UInt8>, payload: Span<UInt8>, into buffer: inout ByteBuffer) {
        if !reply.isEmpty {
            buffer.append(reply)
            buffer.append(0x20)
        }
        buffer.append(decimal: UInt64(truncatingIfNeeded: payload.count))
        buffer.appendLineEnd()
        buffer.append(payload)
        buffer.appendLineEnd()
    }

    /// `[reply␠]headerSize␠totalSize↵headers payload↵`
    @inlinable
    @inline(__always)
    internal static func finish(
        reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>, into buffer: inout ByteBuffer
    ) {
        if !reply.isEmpty {
            buffer.append(reply)
            buffer.append(0x20)
        }
        buffer.append(decimal: UInt64(truncatingIfNeeded: headers.count))
        buffer.append(0x20)
        buffer.append(decimal: UInt64(truncatingIfNeeded: headers.count &+ payload.count))
        buffer.appendLineEnd()
        buffer.append(headers)
        buffer.append(payload)
        buffer.appendLineEnd()
    }
}
