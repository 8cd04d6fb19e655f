// Plaintext by records. Unsafe invariant: the pieces' memory lives as long as the send that they belong to, and what `next`
// returns is used before `next` is called again.

/// Cuts the pieces of one send into records: large pieces are encrypted where they lie, small ones are gathered first, since each
/// record costs some hundred instructions and 22 bytes or more.
struct RecordSource {
    private let pieces: SendVectors
    private var index = 0
    /// Bytes of the present piece that are done.
    private var offset = 0

    init(_ pieces: SendVectors) { self.pieces = pieces }

    /// The plaintext of the next record; empty when there is no more.
    mutating func next(scratch: ReceiveBlock) -> UnsafeRawBufferPointer {
        let room = min(scratch.capacity, TLSLimits.recordPlaintextMaximum)
        var gathered = 0
        while index < pieces.count, gathered < room {
            let piece = unsafe pieces[index]
            let count = min(piece.count - offset, room - gathered)
            let part = unsafe UnsafeRawBufferPointer(rebasing: piece[offset..<offset + count])
            offset += count
            if offset == piece.count { (index, offset) = (index + 1, 0) }
            let isAlone = gathered == 0 && (count == room || index == pieces.count)
            if isAlone { return unsafe part }
            if let source = part.baseAddress {
                unsafe (scratch.base + gathered).copyMemory(from: source, byteCount: count)
            }
            gathered += count
        }
        return unsafe scratch.bytes(0, gathered)
    }
}
