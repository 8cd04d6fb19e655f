extension FrameDecoder {
    /// Every frame in every form; also what waits for the rest of a frame, and what repeats an error.
    @usableFromInline
    @inline(never)
    internal mutating func nextSlow(
        _ bytes: Span<UInt8>, at start: Int, _ frame: inout DecodedFrame
    ) throws(ProtocolError) -> FrameKind {
        if let failure { throw failure }
        frame.needed = neededCount
        guard start >= 0, start < bytes.count, bytes.count &- start >= neededCount else { return .needsMore }
        do throws(ProtocolError) {
            let kind = try decode(bytes, from: start, &frame)
            hasLeftover = kind == .needsMore
            if hasLeftover {
                frame.needed = neededCount
            } else {
                scannedCount = 0
                neededCount = 0
            }
            return kind
        } catch {
            failure = error
            hasLeftover = true
            throw error
        }
    }

    private mutating func decode(
        _ bytes: Span<UInt8>, from start: Int, _ frame: inout DecodedFrame
    ) throws(ProtocolError) -> FrameKind {
        guard let operation = try Operation.recognise(bytes, at: start),
            let line = try scanLine(bytes, from: start, operation)
        else { return .needsMore }
        let arguments = start &+ operation.word.utf8CodeUnitCount..<line
        frame.end = line &+ 2
        switch operation {
        case .message, .headerMessage:
            return try decodeMessage(bytes, from: start, arguments, hasHeaders: operation == .headerMessage, &frame)
        case .info:
            setText(bytes.trimmingBlanks(arguments), &frame)
            return .info
        case .error:
            setText(bytes.trimmingBlanksAndQuotes(arguments), &frame)
            return .error
        case .ping, .pong, .ok:
            let rest = bytes.trimmingBlanks(arguments)
            guard rest.isEmpty else { throw ProtocolError(.malformedArguments, offset: rest.lowerBound &- start) }
            return operation == .ping ? .ping : operation == .pong ? .pong : .ok
        }
    }

    private func setText(_ text: Range<Int>, _ frame: inout DecodedFrame) {
        frame.textStart = text.lowerBound
        frame.textCount = text.count
    }

    /// Where the CR LF of the control line is; nil when it isn't here yet.
    ///
    /// The limit is on the distance of the line end, known or not: a line that is too long is so after as many bytes,
    /// however they came.
    private mutating func scanLine(
        _ bytes: Span<UInt8>, from start: Int, _ operation: Operation
    ) throws(ProtocolError) -> Int? {
        let end = bytes.firstLineEnd(from: start &+ scannedCount)
        scannedCount = end &- start
        let (limit, excess) = lineLimit(of: operation)
        guard scannedCount <= limit else { throw ProtocolError(excess, offset: limit, limit: limit) }
        guard end < bytes.count else { return nil }
        guard bytes[end] == 0x0D else { throw ProtocolError(.malformedLine, offset: scannedCount) }
        guard end &+ 1 < bytes.count else {
            neededCount = scannedCount &+ 2
            return nil
        }
        guard bytes[end &+ 1] == 0x0A else { throw ProtocolError(.malformedLine, offset: scannedCount &+ 1) }
        return end
    }

    private func lineLimit(of operation: Operation) -> (limit: Int, excess: ProtocolError.Kind) {
        switch operation {
        case .message, .headerMessage: (limits.controlLineBytes, .controlLineTooLong)
        case .info: (limits.infoBytes, .infoTooLong)
        case .error: (limits.errorBytes, .errorTextTooLong)
        case .ping, .pong, .ok: (ProtocolLimits.plainLineBytes, .controlLineTooLong)
        }
    }

    private mutating func decodeMessage(
        _ bytes: Span<UInt8>, from start: Int, _ line: Range<Int>, hasHeaders: Bool, _ frame: inout DecodedFrame
    ) throws(ProtocolError) -> FrameKind {
        let arguments = try MessageArguments(bytes, in: line, frameStart: start, hasHeaders: hasHeaders)
        let headerCount = try arguments.headers.map { word throws(ProtocolError) in
            try size(bytes, word, frameStart: start)
        }
        let totalCount = try size(bytes, arguments.total, frameStart: start)
        if let headerCount, let word = arguments.headers {
            let offset = word.lowerBound &- start
            guard headerCount <= totalCount else { throw ProtocolError(.headersLongerThanMessage, offset: offset) }
            guard headerCount <= UInt64(limits.headerBytes) else {
                throw ProtocolError(.headersTooLong, offset: offset, limit: limits.headerBytes)
            }
        }
        guard totalCount <= UInt64(limits.payloadBytes) else {
            let offset = arguments.total.lowerBound &- start
            throw ProtocolError(.messageTooLong, offset: offset, limit: limits.payloadBytes)
        }
        let bodyStart = line.upperBound &+ 2
        let bodyEnd = bodyStart &+ Int(totalCount)
        guard bodyEnd &+ 2 <= bytes.count else {
            neededCount = bodyEnd &+ 2 &- start
            return .needsMore
        }
        guard bytes.hasLineEnd(at: bodyEnd) else { throw ProtocolError(.missingMessageEnd, offset: bodyEnd &- start) }
        frame.sid = Decimal.parse(bytes, arguments.sid.lowerBound, arguments.sid.upperBound) ?? 0
        frame.subjectStart = arguments.subject.lowerBound
        frame.subjectCount = arguments.subject.count
        frame.replyStart = arguments.reply.lowerBound
        frame.replyCount = arguments.reply.count
        frame.bodyStart = bodyStart
        frame.headerCount = Int(headerCount ?? 0)
        frame.payloadCount = Int(totalCount) &- frame.headerCount
        frame.end = bodyEnd &+ 2
        return .message
    }

    /// A size: digits and nothing else. One that doesn't fit is the largest number, which every limit refuses.
    private func size(_ bytes: Span<UInt8>, _ word: Range<Int>, frameStart: Int) throws(ProtocolError) -> UInt64 {
        for index in word where bytes[index] &- 0x30 > 9 {
            throw ProtocolError(.malformedSize, offset: index &- frameStart)
        }
        return Decimal.parse(bytes, word.lowerBound, word.upperBound) ?? .max
    }
}

extension Span<UInt8> {
    /// `range` without the spaces, tabs and single quotes at both of its ends.
    fileprivate func trimmingBlanksAndQuotes(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start].isSpaceOrTab || self[start] == UInt8(ascii: "'") { start &+= 1 }
        while end > start, self[end &- 1].isSpaceOrTab || self[end &- 1] == UInt8(ascii: "'") { end &-= 1 }
        return start..<end
    }
}
