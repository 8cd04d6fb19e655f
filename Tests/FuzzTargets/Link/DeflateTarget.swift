import NATSProtocol
import Reactor

/// Compressed messages of a WebSocket: any bytes, in pieces and with little room, restore to the same; what we compress is
/// restored. Without the trait `WebSocketCompression` there is nothing to run.
enum DeflateTarget: FuzzTarget {
    static let name = "deflate"
    private static let restoredByteCountMax = 64 << 10

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        guard Compression.isAvailable else { return }
        let bytes = [UInt8](copying: input)
        var random = RandomSource(belongingTo: input)
        let whole = restore(bytes, pieceCountMax: max(1, bytes.count), roomByteCount: restoredByteCountMax + 1)
        let (piece, room) = (1 + Int(random.next(below: 7)), 1 + Int(random.next(below: 40)))
        try expectEqual(
            restore(bytes, pieceCountMax: piece, roomByteCount: room), whole,
            "in pieces of \(piece) bytes, with room for \(room)")
        let compressed = try compress(bytes)
        let restored = restore(compressed, pieceCountMax: piece, roomByteCount: max(room, 16))
        try expectEqual(restored.bytes, bytes, "what was compressed")
        try expect(!restored.hasFailed, "what was compressed can't be restored")
    }

    private struct Restored: Equatable {
        var bytes: [UInt8] = []
        var hasFailed = false
    }

    /// One message. What came before an error depends on the pieces, and isn't compared.
    private static func restore(_ bytes: [UInt8], pieceCountMax: Int, roomByteCount: Int) -> Restored {
        var restored = Restored()
        do throws(CompressionError) {
            var inflater = try Inflater(messageByteCountMax: restoredByteCountMax)
            var start = 0
            repeat {
                let end = min(bytes.count, start + pieceCountMax)
                var isDone = false
                while !isDone {
                    let piece = Array(bytes[start..<end])
                    let endsMessage = end == bytes.count
                    let room = try [UInt8](capacity: roomByteCount) { output throws(CompressionError) in
                        let progress = try inflater.inflate(piece.span, endsMessage: endsMessage, into: &output)
                        isDone = progress.isDone
                        start += progress.consumed
                    }
                    restored.bytes += room
                }
            } while start < bytes.count
        } catch {
            return Restored(hasFailed: true)
        }
        return restored
    }

    private static func compress(_ bytes: [UInt8]) throws(FuzzFinding) -> [UInt8] {
        do throws(CompressionError) {
            var deflater = try Deflater()
            let room = deflater.outputByteCountMax(for: bytes.count)
            var compressed: [UInt8] = []
            // The state of the first message must not reach into the second.
            for _ in 0..<2 {
                compressed = try [UInt8](capacity: room) { output throws(CompressionError) in
                    try unsafe bytes.span.withUnsafeBytes { bytes throws(CompressionError) in
                        let taken = try unsafe deflater.makeMessage(
                            of: SendVectors(bytes), byteCountMax: bytes.count, to: &output)
                        guard taken == bytes.count else { throw .outputTooSmall }
                    }
                }
            }
            return compressed
        } catch {
            throw FuzzFinding("compressing \(bytes.count) bytes: \(error)")
        }
    }
}
