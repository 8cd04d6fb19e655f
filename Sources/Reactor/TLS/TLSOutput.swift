// Ciphertext on its way to the kernel. Unsafe invariant: bytes are written behind `count` of the last block only, and a send
// points at bytes before it; so memory that the kernel reads isn't written until the block is free again.

/// Ciphertext in blocks of the pool, which never move: more can be appended while the front is being sent.
struct TLSOutput: ~Copyable {
    private struct Piece {
        let cursor: BlockCursor
        var count = 0
    }

    private let pool: BlockPool
    private var pieces: [Piece] = []
    /// Bytes of the first piece that the kernel has taken.
    private var sentOfFirst = 0
    /// Bytes that wait.
    private(set) var byteCount = 0
    /// All bytes that were ever appended.
    private(set) var total: UInt64 = 0

    init(pool: BlockPool) {
        self.pool = pool
        pieces.reserveCapacity(SendVectors.capacity)
    }

    deinit { for piece in pieces { pool.giveBack(piece.cursor) } }

    /// Adds bytes; false when too many wait.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard byteCount + bytes.count <= TLSLimits.waitingCiphertextMaximum else { return false }
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            if pieces.isEmpty || pieces[pieces.count - 1].count == pool.blockSize {
                pieces.append(Piece(cursor: BlockCursor(pool.take())))
            }
            let last = pieces.count - 1
            let start = pieces[last].count
            let added = min(rest.count, pool.blockSize - start)
            if let source = rest.baseAddress {
                unsafe (pieces[last].cursor.block.base + start).copyMemory(from: source, byteCount: added)
            }
            pieces[last].count += added
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[added...])
        }
        byteCount += bytes.count
        total += UInt64(bytes.count)
        return true
    }

    /// The front of what waits. Its memory stays until `didSend` or the end of this value.
    func vectors() -> SendVectors {
        var vectors = SendVectors()
        for index in pieces.indices.prefix(SendVectors.capacity) {
            let start = index == 0 ? sentOfFirst : 0
            unsafe vectors.append(pieces[index].cursor.block.bytes(start, pieces[index].count - start))
        }
        return vectors
    }

    /// The kernel took so many bytes; whole blocks go back to the pool, the last one too when it is empty.
    mutating func didSend(_ count: Int) {
        var rest = min(count, byteCount)
        byteCount -= rest
        while rest > 0, let first = pieces.first {
            let taken = min(rest, first.count - sentOfFirst)
            sentOfFirst += taken
            rest -= taken
            guard sentOfFirst == first.count else { return }
            pool.giveBack(pieces.removeFirst().cursor)
            sentOfFirst = 0
        }
    }
}
