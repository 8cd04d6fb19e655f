/// What the bytes of a server hold next.
package enum WebSocketEvent: Hashable, Sendable {
    /// All bytes are consumed.
    case needsMore
    /// Bytes of the NATS stream, which knows no frames: some of a frame, or all of it.
    case data(Range<Int>)
    /// Bytes of a compressed message, which can be inflated when it is complete.
    case compressedData(Range<Int>, endsMessage: Bool)
    /// To be answered with `WebSocketCodec.appendPong`.
    case ping
    case pong
    /// The server's last frame; nothing that follows is looked at.
    case close(WebSocketClose)
}

/// Takes the frames off the bytes of a server.
///
/// It consumes every byte that it is given, and remembers what it needs: the caller keeps nothing. How the bytes were
/// cut changes neither the bytes of the NATS stream, nor the events between them, nor the error at the end, which is
/// repeated for ever. Nothing is allocated, except the text of a close frame.
///
/// Text frames are taken like binary ones. Source: RFC 6455 section 5, RFC 7692 section 6; `websocketReader` in nats.go.
package struct WebSocketDecoder: Sendable {
    private enum State {
        /// Can transition to: length, failed
        case firstByte
        /// The second byte of the header.
        /// Can transition to: extendedLength, payload, control, firstByte, failed
        case length(Frame)
        /// `remaining` of the 2 or 8 bytes behind it.
        /// Can transition to: payload, firstByte, failed
        case extendedLength(Frame, remaining: Int, value: UInt64)
        /// Can transition to: firstByte
        case payload(Frame, remaining: Int)
        /// Can transition to: firstByte, closed, failed
        case control(Frame, remaining: Int)
        /// Absorbing: the server has said its last word.
        case closed
        /// Absorbing: repeats the error.
        case failed(WebSocketError)
    }

    private struct Frame {
        let opcode: WebSocketOpcode
        let isFinal: Bool
        let isCompressed: Bool
    }

    /// The largest payload of one frame. Data is passed on as it comes, so the limit only tells nonsense from frames.
    package let frameByteCountMax: Int
    private let acceptsCompression: Bool
    private var state = State.firstByte
    /// Whether the message that waits for its continuation is compressed; nil when none does.
    private var openMessageIsCompressed: Bool?
    private var control = InlineArray<125, UInt8>(repeating: 0)
    private var controlCount = 0

    package init(acceptsCompression: Bool = false, frameByteCountMax: Int = ProtocolLimits.webSocketFrameBytes) {
        self.acceptsCompression = acceptsCompression
        self.frameByteCountMax = frameByteCountMax
    }

    /// The payload of the last control frame.
    package var controlPayload: Span<UInt8> {
        @_lifetime(borrow self)
        get { control.span.extracting(0..<controlCount) }
    }

    /// The next event of the bytes from `offset` on; `offset` moves behind what was consumed.
    ///
    /// - Throws: the first defect of the stream, again at every later call.
    package mutating func next(_ bytes: Span<UInt8>, at offset: inout Int) throws(WebSocketError) -> WebSocketEvent {
        do throws(WebSocketError) {
            while offset >= 0, offset < bytes.count {
                if let event = try take(bytes, at: &offset) { return event }
            }
        } catch {
            state = .failed(error)
            throw error
        }
        if case .failed(let error) = state { throw error }
        return .needsMore
    }

    private mutating func take(_ bytes: Span<UInt8>, at offset: inout Int) throws(WebSocketError) -> WebSocketEvent? {
        switch state {
        case .firstByte:
            let frame = try frame(firstByte: bytes[offset])
            offset &+= 1
            state = .length(frame)
            return nil
        case .length(let frame):
            let byte = bytes[offset]
            offset &+= 1
            return try take(length: byte, of: frame, at: offset)
        case .extendedLength(let frame, let remaining, let value):
            let value = value << 8 | UInt64(bytes[offset])
            offset &+= 1
            state = .extendedLength(frame, remaining: remaining &- 1, value: value)
            return remaining == 1 ? try beginPayload(of: frame, count: value, at: offset) : nil
        case .payload(let frame, let remaining):
            let start = offset
            let count = min(remaining, bytes.count &- offset)
            offset &+= count
            let isComplete = count == remaining
            state = isComplete ? .firstByte : .payload(frame, remaining: remaining &- count)
            return data(start..<offset, of: frame, isComplete: isComplete)
        case .control(let frame, let remaining):
            control[controlCount] = bytes[offset]
            controlCount &+= 1
            offset &+= 1
            state = .control(frame, remaining: remaining &- 1)
            return remaining == 1 ? try endControl(frame) : nil
        case .closed:
            offset = bytes.count
            return nil
        case .failed(let error):
            throw error
        }
    }
}

extension WebSocketDecoder {
    private mutating func frame(firstByte byte: UInt8) throws(WebSocketError) -> Frame {
        guard byte & WebSocketBits.reserved == 0 else { throw .reservedBits }
        guard let opcode = WebSocketOpcode(rawValue: byte & WebSocketBits.opcode) else {
            throw .unknownOpcode(byte & WebSocketBits.opcode)
        }
        let isFinal = byte & WebSocketBits.final != 0
        let compressedBit = byte & WebSocketBits.compressed != 0
        if opcode.isControl {
            guard !compressedBit else { throw .unexpectedCompression }
            guard isFinal else { throw .fragmentedControl }
            return Frame(opcode: opcode, isFinal: true, isCompressed: false)
        }
        if opcode == .continuation {
            guard let isCompressed = openMessageIsCompressed else { throw .unexpectedContinuation }
            guard !compressedBit else { throw .unexpectedCompression }
            if isFinal { openMessageIsCompressed = nil }
            return Frame(opcode: opcode, isFinal: isFinal, isCompressed: isCompressed)
        }
        guard openMessageIsCompressed == nil else { throw .messageInsideMessage }
        guard !compressedBit || acceptsCompression else { throw .unexpectedCompression }
        if !isFinal { openMessageIsCompressed = compressedBit }
        return Frame(opcode: opcode, isFinal: isFinal, isCompressed: compressedBit)
    }

    private mutating func take(
        length byte: UInt8, of frame: Frame, at offset: Int
    ) throws(WebSocketError) -> WebSocketEvent? {
        guard byte & WebSocketBits.masked == 0 else { throw .maskedFrame }
        let length = Int(byte & WebSocketBits.length)
        if frame.opcode.isControl {
            guard length <= WebSocketBits.shortLengthMax else { throw .controlTooLong }
            controlCount = 0
            guard length > 0 else { return try endControl(frame) }
            state = .control(frame, remaining: length)
            return nil
        }
        switch length {
        case 126: state = .extendedLength(frame, remaining: 2, value: 0)
        case 127: state = .extendedLength(frame, remaining: 8, value: 0)
        default: return try beginPayload(of: frame, count: UInt64(length), at: offset)
        }
        return nil
    }

    private mutating func beginPayload(
        of frame: Frame, count: UInt64, at offset: Int
    ) throws(WebSocketError) -> WebSocketEvent? {
        guard let payloadCount = Int(exactly: count), payloadCount <= frameByteCountMax else {
            throw .frameTooLong(byteCount: count, limit: frameByteCountMax)
        }
        guard payloadCount == 0 else {
            state = .payload(frame, remaining: payloadCount)
            return nil
        }
        state = .firstByte
        return frame.isCompressed && frame.isFinal ? .compressedData(offset..<offset, endsMessage: true) : nil
    }

    private func data(_ range: Range<Int>, of frame: Frame, isComplete: Bool) -> WebSocketEvent {
        frame.isCompressed ? .compressedData(range, endsMessage: isComplete && frame.isFinal) : .data(range)
    }

    private mutating func endControl(_ frame: Frame) throws(WebSocketError) -> WebSocketEvent {
        state = .firstByte
        switch frame.opcode {
        case .ping: return .ping
        case .close:
            let close = try WebSocketClose(payload: controlPayload)
            state = .closed
            return .close(close)
        case .pong, .continuation, .text, .binary: return .pong
        }
    }
}
