import NATSClient
internal import NATSProtocol

/// Backups in a folder of two files, as the NATS CLI makes and reads them (`nats stream backup` and `restore`): `backup.json` with
/// the stream's configuration and state, written last, and `stream.tar.s2` with the server's bytes.
private struct BackupFolder {
    let path: String

    var record: String { "\(path)/backup.json" }
    var data: String { "\(path)/stream.tar.s2" }

    /// Far more than a configuration can have.
    static let recordBytesMaximum = 64 << 20
    static let chunkBytes = 128 << 10

    /// Runs what may block on a helper thread.
    func work<Value: Sendable>(_ body: @escaping @Sendable (BackupFolder) throws -> Value) async throws -> Value {
        let folder = self
        let task = Task(executorPreference: HelperExecutor.shared) { try body(folder) }
        do {
            return try await task.value
        } catch let error as SystemError {
            throw NATSError(.fileFailed, "the backup in '\(path)' can't be used: \(error)", underlying: error)
        }
    }
}

extension JetStream.Stream {
    /// Writes a copy of the stream, with its consumers unless it is said otherwise, to a folder. The NATS CLI can restore it.
    ///
    /// The copy is complete when the call returns, and on the disk. What was in the folder's two files before is lost at once.
    ///
    /// - Parameters:
    ///   - folder: is made if it isn't there.
    ///   - progress: is told of each piece that was written.
    /// - Returns: how much was written.
    /// - Throws: ``NATSError/Code/fileFailed``; as ``snapshot(_:)`` and ``StreamSnapshot``.
    @discardableResult
    public func backUp(
        to folder: String, options: SnapshotOptions = SnapshotOptions(),
        progress: (TransferProgress) -> Void = { _ in }
    ) async throws -> TransferProgress {
        let folder = BackupFolder(path: folder)
        let file = try await folder.work { folder in
            try SequentialFile.makeFolder(folder.path)
            // A record of an older backup must not stand beside the bytes of this one.
            try SequentialFile(writing: folder.record).synchronize()
            return try SequentialFile(writing: folder.data)
        }
        let snapshot = try await snapshot(options)
        var done = TransferProgress()
        for try await chunk in snapshot {
            try await folder.work { _ in try file.write(chunk.span) }
            done.bytes += chunk.count
            done.chunks += 1
            progress(done)
        }
        let record = BackupRecord(configuration: snapshot.configuration, state: snapshot.state)
        try await folder.work { folder in
            try file.synchronize()
            let recordFile = try SequentialFile(writing: folder.record)
            try recordFile.write(record.json.span)
            try recordFile.synchronize()
        }
        done.totalBytes = done.bytes
        return done
    }
}

extension JetStream {
    /// Makes a stream out of a backup, which ``JetStream.Stream/backUp(to:options:progress:)`` or the NATS CLI has made.
    ///
    /// - Parameters:
    ///   - change: what is to be different, for example the name.
    ///   - progress: is told of each piece that was sent.
    /// - Throws: ``NATSError/Code/fileFailed``; ``NATSError/Code/invalidPayload`` when the backup is incomplete or isn't one; as
    ///   ``restoreStream(_:state:from:)``.
    public func restoreStream(
        from folder: String, changing change: (inout StreamConfiguration) -> Void = { _ in },
        progress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> JetStream.Stream {
        let folder = BackupFolder(path: folder)
        let (json, file, size) = try await folder.work { folder in
            let json = try FileReader.read(folder.record, sizeMaximum: BackupFolder.recordBytesMaximum)
            let file = try SequentialFile(reading: folder.data)
            return (json, file, try file.size())
        }
        var record: BackupRecord
        do throws(JSONError) {
            record = try BackupRecord(json: json.span)
        } catch {
            throw NATSError(.invalidPayload, "'\(folder.record)' isn't the record of a backup: \(error)", underlying: error)
        }
        change(&record.configuration)
        let chunkBytes = min(BackupFolder.chunkBytes, connection.serverInfo?.maximumPayloadBytes ?? .max)
        let chunks = FileChunks(folder: folder, file: file, chunkBytes: chunkBytes, size: size, progress: progress)
        return try await restoreStream(record.configuration, state: record.state, from: chunks)
    }
}

/// The pieces of a backup's bytes.
private struct FileChunks: AsyncSequence, AsyncIteratorProtocol {
    let folder: BackupFolder
    let file: SequentialFile
    let chunkBytes: Int
    let size: Int
    let progress: @Sendable (TransferProgress) -> Void
    private var done = TransferProgress()

    init(
        folder: BackupFolder, file: SequentialFile, chunkBytes: Int, size: Int,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) {
        self.folder = folder
        self.file = file
        self.chunkBytes = chunkBytes
        self.size = size
        self.progress = progress
        done.totalBytes = size
    }

    func makeAsyncIterator() -> FileChunks { self }

    mutating func next() async throws -> [UInt8]? {
        // Whoever asks for more has sent what came before.
        if done.chunks > 0 { progress(done) }
        let (file, count) = (file, chunkBytes)
        let chunk = try await folder.work { _ in try file.read(count) }
        guard !chunk.isEmpty else { return nil }
        done.bytes += chunk.count
        done.chunks += 1
        return chunk
    }
}
