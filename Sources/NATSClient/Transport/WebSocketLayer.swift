import NATSProtocol
import Reactor

/// An open WebSocket between a transport's stream and NATS bytes.
struct WebSocketLayer {
    /// What one frame carries: as much as the kernel takes at once. Small, so that an answer to a PING isn't kept waiting.
    static let frameBytesMax = 128 * 1024
    /// Answers to PINGs that may wait, besides one frame: a server that asks and doesn't read ends here.
    static let waitingAnswersMax = 2 * frameBytesMax

    private var codec: WebSocketCodec

    init(_ accepted: WebSocketUpgrade.Accepted) {
        var random = RandomSource.seededBySystem()
        codec = WebSocketCodec(accepted, random: &random)
    }

    /// Puts the front of the pieces into a masked frame. False while the bytes of the last one are under way, and after the close
    /// frame. Copies once: the pieces stay what they are, which a later connection may have to send again.
    mutating func wrap(_ pieces: borrowing SendVectors, into output: inout WireOutput) -> Bool {
        let count = min(pieces.byteCount, Self.frameBytesMax)
        guard !output.hasData, count > 0, let header = codec.header(payloadCount: count) else { return false }
        output.waiting.append(header.span)
        let start = output.waiting.count
        output.append(pieces, count: count)
        if let mask = header.mask { output.waiting.apply(mask, from: start) }
        output.noteData(count)
        return true
    }

    /// Takes the frames off a chunk, in place: its front is then what it would be without WebSocket. Answers are added to `output`.
    mutating func unwrap(_ chunk: borrowing ReceiveChunk, answers output: inout WireOutput) -> WebSocketChunk {
        var bytes = chunk.mutableSpan
        return codec.unwrap(&bytes, output: &output.waiting)
    }

    mutating func appendClose(to output: inout WireOutput) {
        codec.appendClose(to: &output.waiting)
    }
}

extension RandomSource {
    static func seededBySystem() -> RandomSource {
        var entropy = SystemRandomNumberGenerator()
        return RandomSource(seed: (entropy.next(), entropy.next(), entropy.next(), entropy.next()))
    }
}
