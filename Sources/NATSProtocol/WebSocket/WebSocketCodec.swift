/// What a chunk of received bytes held.
package struct WebSocketChunk: Hashable, Sendable {
    /// How many bytes of the NATS stream now stand at the front of the chunk.
    package var dataCount = 0
    /// Answers were written that have to be sent.
    package var hasOutput = false
    /// The server's reason to close. What stands at the front came before it, and counts.
    package var close: WebSocketClose?
    /// The server broke the protocol. What stands at the front came before that, and counts.
    package var error: WebSocketError?

    package init() {}
}

/// An open WebSocket, between the transport's bytes and those of the NATS protocol. The NATS stream knows no frames:
/// an operation may span several of them, and a frame may hold many.
///
/// Outbound either `append` writes whole frames, or the caller sends `header(payloadCount:)` in front of bytes that it
/// masks where they lie. Bytes that have been masked are no NATS frames any more until the same mask is applied again.
///
/// The masks come from a generator that isn't cryptographic: masking protects proxies from scripts in browsers that
/// choose what stands on the wire (RFC 6455 section 10.3), and here those who choose are the ones who run the client.
package struct WebSocketCodec: Sendable {
    private var decoder: WebSocketDecoder
    private let masks: Bool
    private var random: RandomSource
    /// After the close frame nothing may be sent.
    package private(set) var hasSentClose = false

    package init(
        _ accepted: WebSocketUpgrade.Accepted, frameByteCountMax: Int = ProtocolLimits.webSocketFrameBytes,
        random: inout RandomSource
    ) {
        decoder = WebSocketDecoder(acceptsCompression: accepted.compresses, frameByteCountMax: frameByteCountMax)
        masks = accepted.masks
        self.random = random.split()
    }

    /// See ``WebSocketDecoder/next(_:at:)``: for a connection with compression, or a caller that moves nothing.
    package mutating func next(_ bytes: Span<UInt8>, at offset: inout Int) throws(WebSocketError) -> WebSocketEvent {
        try decoder.next(bytes, at: &offset)
    }

    /// Takes the frames off a whole chunk, in place: afterwards its front is what a transport without WebSocket would
    /// have received. Writes the answers to pings, to close, and to a broken protocol into `output`.
    ///
    /// For connections without compression. Costs one move of the bytes behind each frame's header.
    package mutating func unwrap(_ bytes: inout MutableSpan<UInt8>, output: inout ByteBuffer) -> WebSocketChunk {
        var chunk = WebSocketChunk()
        var offset = 0
        do throws(WebSocketError) {
            while chunk.close == nil {
                switch try decoder.next(bytes.span, at: &offset) {
                case .needsMore: return chunk
                case .data(let range):
                    if range.lowerBound != chunk.dataCount { bytes.move(range, to: chunk.dataCount) }
                    chunk.dataCount &+= range.count
                case .ping: chunk.hasOutput = appendPong(to: &output) || chunk.hasOutput
                case .pong: break
                case .close(let close):
                    chunk.close = close
                    chunk.hasOutput = appendClose(close.echoed, to: &output) || chunk.hasOutput
                case .compressedData: throw .unexpectedCompression
                }
            }
        } catch {
            chunk.error = error
            chunk.hasOutput = appendClose(WebSocketClose(code: error.closeCode), to: &output) || chunk.hasOutput
        }
        return chunk
    }
}

// MARK: - Outbound

extension WebSocketCodec {
    /// The header of a frame with so many bytes of the NATS stream; nil after the close frame.
    package mutating func header(payloadCount: Int, isCompressed: Bool = false) -> WebSocketFrameHeader? {
        hasSentClose ? nil : makeHeader(.binary, payloadCount, isCompressed)
    }

    /// Appends a frame with `payload`; nothing, and false, after the close frame.
    @discardableResult
    package mutating func append(
        _ payload: Span<UInt8>, isCompressed: Bool = false, to output: inout ByteBuffer
    ) -> Bool {
        guard !hasSentClose else { return false }
        Self.write(makeHeader(.binary, payload.count, isCompressed), payload, to: &output)
        return true
    }

    /// Appends the answer to the ping that came last.
    @discardableResult
    package mutating func appendPong(to output: inout ByteBuffer) -> Bool {
        guard !hasSentClose else { return false }
        let payloadCount = decoder.controlPayload.count
        let header = makeHeader(.pong, payloadCount, false)
        Self.write(header, decoder.controlPayload, to: &output)
        return true
    }

    /// Appends the close frame, once. A reason that is too long is cut.
    @discardableResult
    package mutating func appendClose(
        _ close: WebSocketClose = WebSocketClose(code: WebSocketClose.normal), to output: inout ByteBuffer
    ) -> Bool {
        guard !hasSentClose else { return false }
        var payload: [UInt8] = []
        if let code = close.code {
            payload = [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)]
            for character in close.reason {
                guard payload.count + character.utf8.count <= WebSocketBits.shortLengthMax else { break }
                payload.append(contentsOf: character.utf8)
            }
        }
        Self.write(makeHeader(.close, payload.count, false), payload.span, to: &output)
        hasSentClose = true
        return true
    }

    private mutating func makeHeader(
        _ opcode: WebSocketOpcode, _ payloadCount: Int, _ isCompressed: Bool
    ) -> WebSocketFrameHeader {
        let mask = masks ? WebSocketMask(word: UInt32(truncatingIfNeeded: random.next() >> 32)) : nil
        return WebSocketFrameHeader(opcode, payloadCount: payloadCount, mask: mask, isCompressed: isCompressed)
    }

    private static func write(_ header: WebSocketFrameHeader, _ payload: Span<UInt8>, to output: inout ByteBuffer) {
        output.append(header.span)
        let start = output.count
        output.append(payload)
        if let mask = header.mask { output.apply(mask, from: start) }
    }
}
