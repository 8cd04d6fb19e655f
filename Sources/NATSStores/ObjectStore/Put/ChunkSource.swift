import NATSClient

/// Bytes that are cut into chunks.
protocol ChunkSource {
    /// How many bytes there are in all; nil: nobody knows.
    var totalBytes: Int? { get }
    /// The next `count` bytes, fewer only at the end; none behind it.
    mutating func next(_ count: Int) async throws -> [UInt8]
}

/// Bytes that are all there.
struct BytesSource: ChunkSource {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var totalBytes: Int? { bytes.count }

    mutating func next(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, position + count)
        defer { position = end }
        return Array(bytes[position..<end])
    }
}

/// Pieces of any length. Holds the present piece, and less than a chunk.
struct PieceSource<Iterator: AsyncIteratorProtocol>: ChunkSource where Iterator.Element: Sequence<UInt8> {
    private var iterator: Iterator
    private var waiting: [UInt8] = []
    private var position = 0

    init(_ iterator: Iterator) { self.iterator = iterator }

    var totalBytes: Int? { nil }

    mutating func next(_ count: Int) async throws -> [UInt8] {
        while waiting.count - position < count {
            guard let piece = try await iterator.next(isolation: #isolation) else { break }
            // A piece that is a chunk isn't copied.
            if waiting.count == position, let chunk = piece as? [UInt8], chunk.count == count { return chunk }
            waiting.removeFirst(position)
            position = 0
            waiting.append(contentsOf: piece)
        }
        let end = min(waiting.count, position + count)
        defer { position = end }
        return Array(waiting[position..<end])
    }
}

/// Single bytes.
struct ByteSource<Iterator: AsyncIteratorProtocol>: ChunkSource where Iterator.Element == UInt8 {
    private var iterator: Iterator

    init(_ iterator: Iterator) { self.iterator = iterator }

    var totalBytes: Int? { nil }

    mutating func next(_ count: Int) async throws -> [UInt8] {
        var chunk: [UInt8] = []
        chunk.reserveCapacity(count)
        while chunk.count < count, let byte = try await iterator.next(isolation: #isolation) { chunk.append(byte) }
        return chunk
    }
}

/// A file, which is read on a helper thread.
struct FileSource: ChunkSource {
    private let path: String
    private let file: SequentialFile
    let totalBytes: Int?

    /// - Throws: ``NATSError/Code/fileFailed``.
    init(_ path: String) async throws {
        self.path = path
        (file, totalBytes) = try await ObjectFile.work(path) {
            let file = try SequentialFile(reading: path)
            return (file, try file.size())
        }
    }

    mutating func next(_ count: Int) async throws -> [UInt8] {
        let file = file
        return try await ObjectFile.work(path) { try file.read(count) }
    }
}

enum ObjectFile {
    /// Runs what may block on a helper thread.
    ///
    /// - Throws: ``NATSError/Code/fileFailed``.
    static func work<Value: Sendable>(_ path: String, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let task = Task(executorPreference: HelperExecutor.shared) { try body() }
        do {
            return try await task.value
        } catch let error as SystemError {
            throw NATSError(.fileFailed, "the file '\(path)' can't be used: \(error)", underlying: error)
        }
    }
}
