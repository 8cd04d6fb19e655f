public import NATSClient

/// The bytes of an object, or of a part of it, piece by piece.
///
/// Each iteration reads them anew, from the same object: one that was replaced meanwhile is ``NATSError/Code/objectChanged``. Reading goes
/// on by itself when the connection or a server is lost. The server sends no more than ``ObjectGetOptions/windowBytes`` ahead. Ending the
/// iteration early removes the consumer from the server.
///
/// The bytes of a whole object are compared with their digest. If they aren't those that were put, ``NATSError/Code/objectDamaged``
/// is thrown in place of the last piece.
public struct ObjectChunks: AsyncSequence, Sendable {
    let store: ObjectStore
    /// The object.
    public let info: ObjectInfo
    /// Which of its bytes.
    public let range: Range<Int>
    let isVerified: Bool
    let options: ObjectGetOptions

    /// Takes piece after piece.
    public struct Iterator: AsyncIteratorProtocol {
        private let chunks: ObjectChunks
        private var reader: ChunkReader?
        private var verifier: ObjectVerifier?
        private var isOver = false

        init(_ chunks: ObjectChunks) { self.chunks = chunks }

        /// The next piece, which shares the memory into which it was received; nil behind the last one.
        public mutating func next() async throws -> Payload? {
            guard !isOver else { return nil }
            let reader = try self.reader ?? begin()
            do {
                let piece = try await reader.next()
                if let piece { try verifier?.add(piece.span) }
                if reader.isAtEnd {
                    try verifier?.finish()
                    isOver = true
                }
                return piece
            } catch {
                // Cancelled readers may go on; what is damaged stays so.
                isOver = !(error is CancellationError)
                throw error
            }
        }

        private mutating func begin() throws -> ChunkReader {
            if chunks.isVerified { verifier = try ObjectVerifier(chunks.info) }
            let reader = try ChunkReader(chunks.store, chunks.info, chunks.range, chunks.options)
            self.reader = reader
            return reader
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(self) }
}
