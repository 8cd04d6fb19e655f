import NATSClient
internal import NATSProtocol

/// Putting objects: as a whole, or not at all.
extension ObjectStore {
    /// Puts bytes, in place of the object of this name if there is one.
    ///
    ///     let info = try await objects.put("logo.png", bytes)
    ///
    /// Chunks are sent ahead of their acknowledgements, and again after losses and changes of leaders. When the put fails or is
    /// cancelled, what was stored of it is removed, which may go on behind the call when the server doesn't answer; what crashed
    /// clients have left is found by ``removeOrphans(idleFor:)``. A cancellation that comes when all chunks are there is too late.
    ///
    /// Two puts of the same name at the same time: the one that ends last stays, and nothing remains of the other.
    ///
    /// - Returns: what is known of the object.
    /// - Throws: ``NATSError/Code/bucketNotFound``; ``NATSError/Code/invalidObjectName``; ``NATSError/Code/invalidOption`` for a chunk
    ///   larger than the server takes; ``NATSError/Code/objectExists`` and ``NATSError/Code/wrongRevision`` as
    ///   ``ObjectPutOptions/expecting`` says; ``NATSError/Code/jetStreamRefused``, as when the bucket is full or sealed;
    ///   ``NATSError/Code/timedOut`` when a chunk isn't acknowledged within ``ObjectPutOptions/timeout``; `CancellationError`.
    ///
    /// Cost: three round trips, and one for each window of chunks.
    @discardableResult
    public func put(
        _ name: String, _ bytes: some Collection<UInt8> & Sendable, options: ObjectPutOptions = ObjectPutOptions()
    ) async throws -> ObjectInfo {
        var source = BytesSource(bytes as? [UInt8] ?? Array(bytes))
        return try await put(name, &source, options) { _ in }
    }

    /// Puts a text. As ``put(_:_:options:)-(_,Collection<UInt8>,_)``.
    @discardableResult
    public func put(_ name: String, _ text: String, options: ObjectPutOptions = ObjectPutOptions()) async throws -> ObjectInfo {
        var source = BytesSource(Array(text.utf8))
        return try await put(name, &source, options) { _ in }
    }

    /// Puts bytes that come piece by piece, of any length; chunks are cut from them. As ``put(_:_:options:)-(_,Collection<UInt8>,_)``.
    ///
    /// - Parameters:
    ///   - pieces: what it throws ends the put, and is thrown. A piece is held as a whole.
    ///   - progress: is told of each chunk that was stored.
    @discardableResult
    public func put<Pieces: AsyncSequence>(
        _ name: String, from pieces: Pieces, options: ObjectPutOptions = ObjectPutOptions(),
        progress: (TransferProgress) -> Void = { _ in }
    ) async throws -> ObjectInfo where Pieces.Element: Sequence<UInt8> {
        var source = PieceSource(pieces.makeAsyncIterator())
        return try await put(name, &source, options, progress)
    }

    /// Puts bytes that come one by one. As ``put(_:from:options:progress:)``.
    @discardableResult
    public func put<Bytes: AsyncSequence>(
        _ name: String, from bytes: Bytes, options: ObjectPutOptions = ObjectPutOptions(),
        progress: (TransferProgress) -> Void = { _ in }
    ) async throws -> ObjectInfo where Bytes.Element == UInt8 {
        var source = ByteSource(bytes.makeAsyncIterator())
        return try await put(name, &source, options, progress)
    }

    /// Puts a file. As ``put(_:_:options:)-(_,Collection<UInt8>,_)``.
    ///
    /// - Parameter progress: is told of each chunk that was stored.
    /// - Throws: ``NATSError/Code/fileFailed``, too.
    @discardableResult
    public func put(
        _ name: String, fromFile path: String, options: ObjectPutOptions = ObjectPutOptions(),
        progress: (TransferProgress) -> Void = { _ in }
    ) async throws -> ObjectInfo {
        var source = try await FileSource(path)
        return try await put(name, &source, options, progress)
    }
}

// MARK: - Chunks, then the record

extension ObjectStore {
    private func put<Source: ChunkSource>(
        _ name: String, _ source: inout Source, _ options: ObjectPutOptions, _ progress: (TransferProgress) -> Void
    ) async throws -> ObjectInfo {
        try options.check(jetStream)
        let present = try await replacedInfo(name)
        try options.expecting.check(present, name)
        var upload = try ObjectUpload(self, options, totalBytes: source.totalBytes)
        let record: ObjectRecord
        do {
            record = try await send(&source, name, options, &upload, progress)
            try Task.checkCancellation()
        } catch {
            await upload.discard()
            throw error
        }
        let sent = upload
        // Not in the caller's task: a record of which nobody knows whether it is stored helps nobody.
        return try await Task {
            do {
                return try await store(record, over: present, options.expecting, within: options.timeout)
            } catch let error as RecordNotStored {
                await sent.discard()
                throw error.cause
            }
        }.value
    }

    /// - Returns: the record of what was sent.
    private func send<Source: ChunkSource>(
        _ source: inout Source, _ name: String, _ options: ObjectPutOptions, _ upload: inout ObjectUpload,
        _ progress: (TransferProgress) -> Void
    ) async throws -> ObjectRecord {
        var digest = try SHA256Digest()
        var record = ObjectRecord(
            ObjectMeta(name: name, description: options.description, headers: options.headers, metadata: options.metadata),
            bucket: bucket, id: upload.id, options: ObjectRecordOptions(chunkBytes: options.chunkBytes))
        var told = 0
        while true {
            let chunk = try await source.next(options.chunkBytes)
            if chunk.isEmpty { break }
            try digest.update(chunk.span)
            record.size += UInt64(chunk.count)
            record.chunkCount += 1
            try await upload.send(chunk)
            if upload.progress.chunks > told {
                told = upload.progress.chunks
                progress(upload.progress)
            }
        }
        try await upload.finish()
        if upload.progress.chunks > told { progress(upload.progress) }
        record.digest = ObjectDigest.text(try digest.finish())
        return record
    }
}
