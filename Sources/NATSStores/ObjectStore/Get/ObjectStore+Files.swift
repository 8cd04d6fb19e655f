import NATSClient
internal import NATSProtocol

/// Getting objects into files.
extension ObjectStore {
    /// Writes an object's bytes to a file, compared with their digest. The file is there as a whole or as it was before: bytes are
    /// written beside it, to `<file>.<id>.part`, which takes its name at the end.
    ///
    /// - Parameters:
    ///   - path: the folder must be there.
    ///   - options: with ``ObjectGetOptions/resumes``, goes on behind what an earlier get has left.
    ///   - progress: is told of each piece that was written.
    /// - Returns: what is known of the object.
    /// - Throws: ``NATSError/Code/fileFailed``; as ``get(_:maximumBytes:options:)``.
    @discardableResult
    public func get(
        _ name: String, toFile path: String, options: ObjectGetOptions = ObjectGetOptions(),
        progress: (TransferProgress) -> Void = { _ in }
    ) async throws -> ObjectInfo {
        let (store, info) = try await resolve(name, options.source)
        // The id stands in the name of a file: it must be harmless.
        _ = try store.chunkSubject(info.id)
        let partial = PartialFile(path: path, info: info)
        do {
            try await store.write(info, to: partial, options, progress)
        } catch {
            // What is damaged would be so again.
            let isWorthKeeping = options.resumes && (error as? NATSError)?.code != .objectDamaged
            if !isWorthKeeping { await partial.remove() }
            throw error
        }
        return info
    }

    private func write(
        _ info: ObjectInfo, to partial: PartialFile, _ options: ObjectGetOptions, _ progress: (TransferProgress) -> Void
    ) async throws {
        let verifier = try ObjectVerifier(info)
        let size = try info.checkedSize()
        let file = try await partial.open(resuming: options.resumes, verifier)
        // A file that has as much as the object and isn't it was found out before.
        let reader = try ChunkReader(self, info, Int(verifier.byteCount)..<size, options)
        var done = TransferProgress(bytes: Int(verifier.byteCount), totalBytes: size)
        while let piece = try await reader.next() {
            try verifier.add(piece.span)
            try await partial.work { try file.write(piece.span) }
            done.bytes += piece.count
            done.chunks += 1
            progress(done)
        }
        try verifier.finish()
        try await partial.work {
            try file.synchronize()
            try SequentialFile.rename(partial.partialPath, to: partial.path)
        }
    }
}

/// A file that isn't complete yet, beside the one that it will be.
private struct PartialFile: Sendable {
    let path: String
    let partialPath: String
    private let size: UInt64

    init(path: String, info: ObjectInfo) {
        self.path = path
        partialPath = "\(path).\(info.id).part"
        size = info.size
    }

    func work<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await ObjectFile.work(partialPath, body)
    }

    /// The file to write to, behind what an earlier get has left; `verifier` has that, then.
    func open(resuming: Bool, _ verifier: ObjectVerifier) async throws -> SequentialFile {
        let partialPath = partialPath
        guard resuming else { return try await work { try SequentialFile(writing: partialPath, isPrivate: false) } }
        let file = try await work { try SequentialFile(appendingTo: partialPath) }
        let left = try await work { try SequentialFile(reading: partialPath) }
        while true {
            let piece = try await work { try left.read(Self.pieceBytes) }
            if piece.isEmpty { return file }
            try verifier.add(piece.span)
        }
    }

    /// Also in a task that is cancelled.
    func remove() async {
        let partialPath = partialPath
        _ = try? await work { try SequentialFile.remove(partialPath) }
    }

    private static let pieceBytes = 1 << 20
}
