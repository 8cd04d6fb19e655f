import NATSProtocol
import Reactor

/// An open WebSocket between a transport's stream and NATS bytes.
struct WebSocketLayer {
    /// What one frame carries: as much as the kernel takes at once. Small, so that an answer to a PING isn't kept waiting.
    static let frameBytesMax = 128 * 1024
    /// Answers to PINGs that may wait, besides one frame: a server that asks and doesn't read ends here.
    static let waitingAnswersMax = 2 * frameBytesMax

    private var codec: WebSocketCodec
    /// nil: the server didn't agree, or wasn't asked.
    let compression: WebSocketCompression?
    /// The most NATS bytes of a compressed message.
    var compressedBytesMax = WebSocketCompression.messageBytesMax

    init(_ accepted: WebSocketUpgrade.Accepted) throws(CompressionError) {
        var random = RandomSource.seededBySystem()
        codec = WebSocketCodec(accepted, random: &random)
        compression = accepted.compresses ? try WebSocketCompression() : nil
    }

    /// Puts the front of the pieces into a masked frame. False while the bytes of the last one are under way, and after the close
    /// frame. Copies once: the pieces stay what they are, which a later connection may have to send again.
    mutating func wrap(_ pieces: borrowing SendVectors, into output: inout WireOutput) -> Bool {
        guard !output.hasData else { return false }
        if let compression, let isSent = wrapCompressed(pieces, compression, &output) { return isSent }
        let count = min(pieces.byteCount, Self.frameBytesMax)
        guard count > 0, let header = codec.header(payloadCount: count) else { return false }
        output.waiting.append(header.span)
        let start = output.waiting.count
        output.append(pieces, count: count)
        if let mask = header.mask { output.waiting.apply(mask, from: start) }
        output.noteData(count)
        return true
    }

    /// The same, compressed; nil when it doesn't pay.
    private mutating func wrapCompressed(
        _ pieces: borrowing SendVectors, _ compression: WebSocketCompression, _ output: inout WireOutput
    ) -> Bool? {
        let count = min(pieces.byteCount, compressedBytesMax)
        guard compression.compress(pieces, count: count) else { return nil }
        guard codec.append(compression.message.span, isCompressed: true, to: &output.waiting) else { return false }
        output.noteCompressedData(count, onWire: compression.message.count)
        return true
    }

    /// Takes the frames off a chunk, in place: its front is then what it would be without WebSocket. Answers are added to `output`.
    mutating func unwrap(_ chunk: borrowing ReceiveChunk, answers output: inout WireOutput) -> WebSocketChunk {
        var bytes = chunk.mutableSpan
        return codec.unwrap(&bytes, output: &output.waiting)
    }

    /// What the frames of a chunk hold.
    enum Content {
        case data(Range<Int>)
        case compressed(WebSocketCompression.Piece)
        case close(WebSocketClose)
    }

    /// The next content of a chunk, for a connection with compression; nil when it holds no more. Answers are added to `output`.
    mutating func next(
        _ chunk: borrowing ReceiveChunk, at offset: inout Int, answers output: inout WireOutput
    ) throws(WebSocketError) -> Content? {
        do throws(WebSocketError) {
            while true {
                switch try codec.next(chunk.span, at: &offset) {
                case .needsMore: return nil
                case .data(let range): return .data(range)
                case .compressedData(let range, let endsMessage):
                    return .compressed(WebSocketCompression.Piece(range, endsMessage: endsMessage))
                case .ping: codec.appendPong(to: &output.waiting)
                case .pong: break
                case .close(let close):
                    codec.appendClose(close.echoed, to: &output.waiting)
                    return .close(close)
                }
            }
        } catch {
            appendClose(error.closeCode, to: &output)
            throw error
        }
    }

    mutating func appendClose(_ code: UInt16 = WebSocketClose.normal, to output: inout WireOutput) {
        codec.appendClose(WebSocketClose(code: code), to: &output.waiting)
    }
}

extension RandomSource {
    static func seededBySystem() -> RandomSource {
        var entropy = SystemRandomNumberGenerator()
        return RandomSource(seed: (entropy.next(), entropy.next(), entropy.next(), entropy.next()))
    }
}
