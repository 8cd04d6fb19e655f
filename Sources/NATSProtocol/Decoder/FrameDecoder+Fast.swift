extension FrameDecoder {
    /// Whole messages as servers write them: capitals, one space between words.
    ///
    /// Masks of 64 bytes say where the blanks are, so that no byte of a name is looked at. nil means "not this form, or
    /// not all here", and is no judgement on the bytes: the slow path decides. Limits are the caller's business.
    @inlinable
    @inline(__always)
    internal mutating func nextFast(
        _ bytes: Span<UInt8>, at start: Int, _ frame: inout DecodedFrame
    ) -> FrameKind? {
        if let kind = repeatedMessage(bytes, at: start, &frame) { return kind }
        let operation = bytes.word32(at: start)
        if operation == FastWords.msg { return fastMessage(bytes, at: start, &frame) }
        if operation == FastWords.hmsg { return fastHeaderMessage(bytes, at: start, &frame) }
        return nil
    }

    /// A message without reply subject whose line begins as the last one: only its sizes are looked at.
    @inlinable
    @inline(__always)
    internal func repeatedMessage(
        _ bytes: Span<UInt8>, at start: Int, _ frame: inout DecodedFrame
    ) -> FrameKind? {
        guard let sizesStart = repeated.sizesStart(bytes, at: start) else { return nil }
        var blanks = bytes.blanks16(at: sizesStart)
        guard blanks != 0 else { return nil }
        var sizeStart = sizesStart
        var lineEnd = sizesStart &+ blanks.trailingZeroBitCount
        var headerCount: UInt64 = 0
        if repeated.hasHeaders {
            blanks &= blanks &- 1
            guard blanks != 0, bytes.byte(at: lineEnd) == 0x20,
                let count = bytes.decimal(from: sizeStart, to: lineEnd)
            else { return nil }
            headerCount = count
            sizeStart = lineEnd &+ 1
            lineEnd = sizesStart &+ blanks.trailingZeroBitCount
        }
        guard let size = bytes.decimal(from: sizeStart, to: lineEnd), headerCount <= size else { return nil }
        frame.sid = repeated.sid
        frame.subjectStart = start &+ repeated.subjectOffset
        frame.subjectCount = repeated.subjectCount
        frame.replyCount = 0
        return Self.fastBody(
            bytes, at: start, lineEnd: lineEnd, headerCount: Int(truncatingIfNeeded: headerCount), totalCount: size,
            &frame)
    }

    /// `MSG subject sid [reply] size↵payload↵`
    @inlinable
    @inline(__always)
    internal mutating func fastMessage(
        _ bytes: Span<UInt8>, at start: Int, _ frame: inout DecodedFrame
    ) -> FrameKind? {
        let subjectStart = start &+ 4
        var blanks = BlankCursor(bytes, at: subjectStart)
        let subjectEnd = blanks.next(bytes)
        let sidEnd = blanks.next(bytes)
        guard subjectEnd > subjectStart, bytes.byte(at: subjectEnd) == 0x20, bytes.byte(at: sidEnd) == 0x20,
            let sid = bytes.decimal(from: subjectEnd &+ 1, to: sidEnd)
        else { return nil }
        frame.replyCount = 0
        var sizeStart = sidEnd &+ 1
        var lineEnd = blanks.next(bytes)
        if bytes.byte(at: lineEnd) == 0x20 {
            frame.replyStart = sizeStart
            frame.replyCount = lineEnd &- sizeStart
            sizeStart = lineEnd &+ 1
            lineEnd = blanks.next(bytes)
            guard frame.replyCount > 0 else { return nil }
        }
        guard let size = bytes.decimal(from: sizeStart, to: lineEnd) else { return nil }
        frame.sid = sid
        frame.subjectStart = subjectStart
        frame.subjectCount = subjectEnd &- subjectStart
        repeated.keep(
            bytes, from: start, to: sidEnd &+ 1, sid: sid, subjectOffset: 4, subjectCount: frame.subjectCount)
        return Self.fastBody(bytes, at: start, lineEnd: lineEnd, headerCount: 0, totalCount: size, &frame)
    }

    /// `HMSG subject sid [reply] headerSize totalSize↵headers payload↵`
    @inlinable
    @inline(__always)
    internal mutating func fastHeaderMessage(
        _ bytes: Span<UInt8>, at start: Int, _ frame: inout DecodedFrame
    ) -> FrameKind? {
        let subjectStart = start &+ 5
        var blanks = BlankCursor(bytes, at: subjectStart)
        let subjectEnd = blanks.next(bytes)
        let sidEnd = blanks.next(bytes)
        let thirdEnd = blanks.next(bytes)
        guard bytes.byte(at: subjectStart &- 1) == 0x20, subjectEnd > subjectStart,
            bytes.byte(at: subjectEnd) == 0x20, bytes.byte(at: sidEnd) == 0x20, bytes.byte(at: thirdEnd) == 0x20,
            let sid = bytes.decimal(from: subjectEnd &+ 1, to: sidEnd)
        else { return nil }
        frame.replyCount = 0
        var headerSizeStart = sidEnd &+ 1
        var headerSizeEnd = thirdEnd
        var lineEnd = blanks.next(bytes)
        if bytes.byte(at: lineEnd) == 0x20 {
            frame.replyStart = headerSizeStart
            frame.replyCount = headerSizeEnd &- headerSizeStart
            headerSizeStart = headerSizeEnd &+ 1
            headerSizeEnd = lineEnd
            lineEnd = blanks.next(bytes)
            guard frame.replyCount > 0 else { return nil }
        }
        guard let headerCount = bytes.decimal(from: headerSizeStart, to: headerSizeEnd),
            let totalCount = bytes.decimal(from: headerSizeEnd &+ 1, to: lineEnd),
            headerCount <= totalCount
        else { return nil }
        frame.sid = sid
        frame.subjectStart = subjectStart
        frame.subjectCount = subjectEnd &- subjectStart
        repeated.keep(
            bytes, from: start, to: sidEnd &+ 1, sid: sid, subjectOffset: 5, subjectCount: frame.subjectCount)
        return Self.fastBody(
            bytes, at: start, lineEnd: lineEnd, headerCount: Int(truncatingIfNeeded: headerCount),
            totalCount: totalCount, &frame)
    }

    /// The line end, and the body with the line end after it.
    @inlinable
    @inline(__always)
    internal static func fastBody(
        _ bytes: Span<UInt8>, at start: Int, lineEnd: Int, headerCount: Int, totalCount: UInt64,
        _ frame: inout DecodedFrame
    ) -> FrameKind? {
        guard bytes.hasLineEnd(at: lineEnd) else { return nil }
        let bodyStart = lineEnd &+ 2
        let bodyEnd = bodyStart &+ Int(truncatingIfNeeded: totalCount)
        guard bytes.hasLineEnd(at: bodyEnd) else { return nil }
        frame.bodyStart = bodyStart
        frame.headerCount = headerCount
        frame.payloadCount = Int(truncatingIfNeeded: totalCount) &- headerCount
        frame.end = bodyEnd &+ 2
        return .message
    }
}

/// Operations as the numbers that `word32` reads.
@usableFromInline
internal enum FastWords {
    /// "MSG "
    @inlinable internal static var msg: UInt32 { 0x2047_534D }
    /// "HMSG"
    @inlinable internal static var hmsg: UInt32 { 0x4753_4D48 }
}

/// Walks the blanks (bytes up to and including the space) from an offset on, 64 bytes at a time.
@usableFromInline
internal struct BlankCursor {
    @usableFromInline internal var windowStart: Int
    @usableFromInline internal var mask: UInt64

    @inlinable
    @inline(__always)
    internal init(_ bytes: Span<UInt8>, at offset: Int) {
        self.init(windowStart: offset, mask: bytes.blanks64(at: offset))
    }

    @inlinable
    @inline(__always)
    internal init(windowStart: Int, mask: UInt64) {
        self.windowStart = windowStart
        self.mask = mask
    }

    /// Where the next blank is; the count of the bytes when none is in sight.
    @inlinable
    @inline(__always)
    internal mutating func next(_ bytes: Span<UInt8>) -> Int {
        if _slowPath(mask == 0) {
            self = Self.refilled(bytes, after: windowStart)
            if mask == 0 { return bytes.count }
        }
        let position = windowStart &+ mask.trailingZeroBitCount
        mask &= mask &- 1
        return position
    }

    /// The cursor at the next window that has a blank, or at the last window.
    ///
    /// By value, so that the caller's cursor stays in registers.
    @usableFromInline
    @inline(never)
    internal static func refilled(_ bytes: Span<UInt8>, after windowStart: Int) -> BlankCursor {
        var cursor = BlankCursor(windowStart: windowStart, mask: 0)
        while cursor.mask == 0, bytes.count &- cursor.windowStart > 64 {
            cursor = BlankCursor(bytes, at: cursor.windowStart &+ 64)
        }
        return cursor
    }
}
