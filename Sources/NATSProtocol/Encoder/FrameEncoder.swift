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
        guard payload.count < Decimal.shortEnd else {
            return publishLong(subject: subject, reply: reply, headers: Span(), payload: payload, into: &buffer)
        }
        let size = ShortDecimal(payload.count)
        let tail = tailSize(replyCount: reply.count, sizesCount: size.count, bodyCount: payload.count)
        var writer = buffer.extend(by: 4 &+ subject.count &+ 1 &+ tail)
        writer.append(Words.pub, count: 4)
        writer.append(name: subject)
        writer.append(0x20)
        finish(&writer, reply: reply, size: size, payload: payload)
        writer.finish()
    }

    /// `HPUB␠subject␠[reply␠]headerSize␠totalSize↵headers payload↵`; `headers` is a whole block, `NATS/1.0↵…↵↵`.
    @inlinable
    package static func publish(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) {
        let totalCount = headers.count &+ payload.count
        guard totalCount < Decimal.shortEnd, !headers.isEmpty else {
            return publishLong(subject: subject, reply: reply, headers: headers, payload: payload, into: &buffer)
        }
        let (headerSize, size) = (ShortDecimal(headers.count), ShortDecimal(totalCount))
        let tail = tailSize(
            replyCount: reply.count, sizesCount: headerSize.count &+ 1 &+ size.count, bodyCount: totalCount)
        var writer = buffer.extend(by: 5 &+ subject.count &+ 1 &+ tail)
        writer.append(Words.hpub, count: 5)
        writer.append(name: subject)
        writer.append(0x20)
        finish(&writer, reply: reply, headerSize: headerSize, size: size, headers: headers, payload: payload)
        writer.finish()
    }

    /// `PUB␠subject␠[reply␠]size↵payload↵`, with the part up to the subject prepared.
    @inlinable
    package static func publish(
        prefix: borrowing PublishPrefix, reply: Span<UInt8>, payload: Span<UInt8>, into buffer: inout ByteBuffer
    ) {
        guard payload.count < Decimal.shortEnd else {
            return publishLong(subject: prefix.subject, reply: reply, headers: Span(), payload: payload, into: &buffer)
        }
        let beginning = prefix.publish
        let size = ShortDecimal(payload.count)
        let tail = tailSize(replyCount: reply.count, sizesCount: size.count, bodyCount: payload.count)
        var writer = buffer.extend(by: beginning.count &+ tail)
        writer.append(name: beginning)
        finish(&writer, reply: reply, size: size, payload: payload)
        writer.finish()
    }

    /// `HPUB␠subject␠[reply␠]headerSize␠totalSize↵headers payload↵`, with the part up to the subject prepared.
    @inlinable
    package static func publish(
        prefix: borrowing PublishPrefix, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) {
        let totalCount = headers.count &+ payload.count
        guard totalCount < Decimal.shortEnd, !headers.isEmpty else {
            return publishLong(subject: prefix.subject, reply: reply, headers: headers, payload: payload, into: &buffer)
        }
        let beginning = prefix.headerPublish
        let (headerSize, size) = (ShortDecimal(headers.count), ShortDecimal(totalCount))
        let tail = tailSize(
            replyCount: reply.count, sizesCount: headerSize.count &+ 1 &+ size.count, bodyCount: totalCount)
        var writer = buffer.extend(by: beginning.count &+ tail)
        writer.append(name: beginning)
        finish(&writer, reply: reply, headerSize: headerSize, size: size, headers: headers, payload: payload)
        writer.finish()
    }

    /// The largest payload of `publishShort`.
    @inlinable package static var shortPayloadMax: Int { Decimal.shortEnd &- 1 }

    /// The publish that most are: no reply, no headers, at most `shortPayloadMax` bytes, and a subject that nobody has looked at.
    ///
    /// False: there is a blank in the subject, and nothing was written. Looking while copying saves one pass.
    @inlinable
    @inline(__always)
    package static func publishShort(
        subject: Span<UInt8>, payload: Span<UInt8>, into buffer: inout ByteBuffer
    ) -> Bool {
        let size = ShortDecimal(payload.count)
        let frameSize = subject.count &+ size.count &+ payload.count &+ 9
        var writer = buffer.extend(by: frameSize)
        writer.append(Words.pub, count: 4)
        guard writer.append(subject: subject) else {
            buffer.removeLast(frameSize)
            return false
        }
        writer.append(0x20)
        finish(&writer, size: size, payload: payload)
        writer.finish()
        return true
    }

    /// The same with the part up to the subject prepared.
    @inlinable
    @inline(__always)
    package static func publishShort(
        prefix: borrowing PublishPrefix, payload: Span<UInt8>, into buffer: inout ByteBuffer
    ) {
        let beginning = prefix.publish
        let size = ShortDecimal(payload.count)
        var writer = buffer.extend(by: beginning.count &+ size.count &+ payload.count &+ 4)
        writer.append(name: beginning)
        finish(&writer, size: size, payload: payload)
        writer.finish()
    }

    /// Only the control line and the headers of a publish, for a payload that is sent from where it lies: the caller
    /// sends `payloadCount` bytes and CR LF after it. Empty `headers` give PUB.
    package static func publishLine(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payloadCount: Int,
        into buffer: inout ByteBuffer
    ) {
        let lineSize = publishedLineSize(
            subjectCount: subject.count, replyCount: reply.count, headerCount: headers.count,
            payloadCount: payloadCount)
        buffer.reserve(lineSize &+ headers.count)
        buffer.append(headers.isEmpty ? "PUB " : "HPUB ")
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

    // MARK: Parts

    /// A publish with a size of five digits or more, for which copying the payload is all that counts; or one with an
    /// empty header block, which is a PUB.
    @usableFromInline
    @inline(never)
    internal static func publishLong(
        subject: Span<UInt8>, reply: Span<UInt8>, headers: Span<UInt8>, payload: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) {
        buffer.reserve(
            publishedSize(
                subjectCount: subject.count, replyCount: reply.count, headerCount: headers.count,
                payloadCount: payload.count))
        publishLine(subject: subject, reply: reply, headers: headers, payloadCount: payload.count, into: &buffer)
        buffer.append(payload)
        buffer.appendLineEnd()
    }

    /// The size of `[reply␠]sizes↵body↵`.
    @inlinable
    @inline(__always)
    internal static func tailSize(replyCount: Int, sizesCount: Int, bodyCount: Int) -> Int {
        (replyCount > 0 ? replyCount &+ 1 : 0) &+ sizesCount &+ 2 &+ bodyCount &+ 2
    }

    /// `[reply␠]size↵payload↵`
    @inlinable
    @inline(__always)
    internal static func finish(
        _ writer: inout ByteWriter, reply: Span<UInt8>, size: ShortDecimal, payload: Span<UInt8>
    ) {
        if !reply.isEmpty {
            writer.append(reply)
            writer.append(0x20)
        }
        finish(&writer, size: size, payload: payload)
    }

    /// `size↵payload↵`
    @inlinable
    @inline(__always)
    internal static func finish(_ writer: inout ByteWriter, size: ShortDecimal, payload: Span<UInt8>) {
        writer.append(size.followed(by: Words.lineEnd), count: size.count &+ 2)
        writer.append(name: payload)
        writer.append(Words.lineEnd, count: 2)
    }

    /// `[reply␠]headerSize␠totalSize↵headers payload↵`
    @inlinable
    @inline(__always)
    internal static func finish(
        _ writer: inout ByteWriter, reply: Span<UInt8>, headerSize: ShortDecimal, size: ShortDecimal,
        headers: Span<UInt8>, payload: Span<UInt8>
    ) {
        if !reply.isEmpty {
            writer.append(reply)
            writer.append(0x20)
        }
        writer.append(headerSize.followed(by: 0x20), count: headerSize.count &+ 1)
        writer.append(size.followed(by: Words.lineEnd), count: size.count &+ 2)
        writer.append(headers)
        writer.append(payload)
        writer.append(Words.lineEnd, count: 2)
    }

    /// Short texts as numbers, the first character in the lowest byte.
    @usableFromInline
    internal enum Words {
        /// "PUB "
        @inlinable internal static var pub: UInt64 { 0x2042_5550 }
        /// "HPUB "
        @inlinable internal static var hpub: UInt64 { 0x20_4255_5048 }
        /// CR LF
        @inlinable internal static var lineEnd: UInt64 { 0x0A0D }
    }
}
