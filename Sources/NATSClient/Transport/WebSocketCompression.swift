import NATSProtocol
import Reactor

/// `permessage-deflate` on one open WebSocket, in both directions; each message on its own, as the server has it.
///
/// On the loop's thread only. Source: `wsCollapsePtoNB` and `wsDecompressAndParse` in the server's `server/websocket.go`.
final class WebSocketCompression {
    /// Smaller messages aren't worth it, says the server, too.
    static let messageBytesMin = 64
    /// The most of the NATS stream that one message holds, and twice the window of the compressor. The server refuses a message
    /// that holds more than its `max_payload`, the lines around payloads included; that is lower only where it was configured.
    static let messageBytesMax = 64 * 1024

    /// What the last call of `compress` made.
    private(set) var message = ByteBuffer(minimumCapacity: 0)
    private var deflater: Deflater
    private var inflater: Inflater
    /// Restored bytes go behind those that were handed out before.
    private var block: ReceiveBlock?
    private var usedOfBlock = 0

    init() throws(CompressionError) {
        deflater = try Deflater()
        inflater = try Inflater(messageByteCountMax: ProtocolLimits.restoredMessageBytes)
    }

    /// Makes `message` of the first `count` bytes of the pieces. False when they are sent uncompressed: too few, or not to be
    /// compressed.
    func compress(_ pieces: borrowing SendVectors, count: Int) -> Bool {
        message.removeAll()
        let pieces = copy pieces
        guard count >= Self.messageBytesMin else { return false }
        do throws(CompressionError) {
            try message.append(roomFor: deflater.outputByteCountMax(for: count)) { output throws(CompressionError) in
                _ = try deflater.makeMessage(of: pieces, byteCountMax: count, to: &output)
            }
        } catch {
            // There was room; and if not, the peer can do without.
            return false
        }
        return message.count < count
    }

    /// A piece of a compressed message that is being restored.
    struct Piece {
        /// Where it stands in its chunk; the front goes as it is restored.
        var range: Range<Int>
        let endsMessage: Bool
        fileprivate var isDone = false

        init(_ range: Range<Int>, endsMessage: Bool) {
            self.range = range
            self.endsMessage = endsMessage
        }
    }

    /// The next restored bytes of the piece, as many as a block has room for; nil when it gives no more.
    func restore(
        _ piece: inout Piece, of chunk: borrowing ReceiveChunk, _ on: borrowing OnReactor
    ) throws(CompressionError) -> ReceiveChunk? {
        while !piece.isDone {
            let block = blockWithRoom(on)
            let start = usedOfBlock
            let range = piece.range
            var progress = Inflater.Progress()
            let count = try block.fill(from: start) { output throws(CompressionError) in
                progress = try inflater.inflate(
                    chunk.span.extracting(range), endsMessage: piece.endsMessage, into: &output)
            }
            usedOfBlock = start + count
            piece.range = (range.lowerBound + progress.consumed)..<range.upperBound
            piece.isDone = progress.isDone
            if count > 0 { return ReceiveChunk(block: block, start: start, count: count) }
        }
        return nil
    }

    private func blockWithRoom(_ on: borrowing OnReactor) -> ReceiveBlock {
        if let block, block.capacity - usedOfBlock >= block.capacity / 8 { return block }
        let made = on.makeBlock(minimumCapacity: Self.messageBytesMax)
        (block, usedOfBlock) = (made, 0)
        return made
    }
}
