import NATSClient

/// Getting objects. Links are followed.
extension ObjectStore {
    /// An object's bytes, all at once, compared with their digest.
    ///
    /// - Parameter maximumBytes: a larger object isn't got, but ``NATSError/Code/payloadTooLarge`` thrown. Default: 1 GiB.
    /// - Throws: ``NATSError/Code/objectNotFound``; ``NATSError/Code/objectDamaged`` when bytes are missing or aren't those that were put;
    ///   ``NATSError/Code/objectChanged`` when the object was replaced or deleted meanwhile; ``NATSError/Code/invalidLink``;
    ///   ``NATSError/Code/bucketNotFound``; ``NATSError/Code/timedOut`` after ``ObjectGetOptions/stallLimit``;
    ///   ``NATSError/Code/connectionClosed``; `CancellationError`.
    ///
    /// Cost: two round trips for an object of one chunk; three and a consumer on the server, which is removed again, for a larger one.
    public func get(
        _ name: String, maximumBytes: Int = ObjectGetOptions.maximumBytes, options: ObjectGetOptions = ObjectGetOptions()
    ) async throws -> [UInt8] {
        try await all(of: chunks(name, options: options), maximumBytes)
    }

    /// Some of an object's bytes, without looking at the others: from the first number to before the last one. What is behind the
    /// object's end is left out. There is no digest of a part, so that only its length is checked.
    ///
    ///     let head = try await objects.get("video", range: 0..<4096)
    ///     let rest = try await objects.get("video", range: 4096...)
    ///
    /// - Parameter info: the object must still be this one. Default: whichever it is.
    /// - Throws: as ``get(_:maximumBytes:options:)``; ``NATSError/Code/objectChanged`` also when it isn't the one of `info`.
    ///
    /// Cost: as the whole object's, for the chunks that are touched; and a short message without bytes for each chunk before them,
    /// since only the stream knows where they are.
    public func get(
        _ name: String, range: some RangeExpression<Int> & Sendable, of info: ObjectInfo? = nil,
        maximumBytes: Int = ObjectGetOptions.maximumBytes,
        options: ObjectGetOptions = ObjectGetOptions()
    ) async throws -> [UInt8] {
        try await all(of: chunks(name, range: range, of: info, options: options), maximumBytes)
    }

    /// An object's bytes piece by piece, compared with their digest before the last piece is given out.
    ///
    ///     for try await chunk in try await objects.chunks("video") { try output.write(chunk) }
    ///
    /// - Throws: as ``get(_:maximumBytes:options:)``, now or as it is iterated.
    public func chunks(_ name: String, options: ObjectGetOptions = ObjectGetOptions()) async throws -> ObjectChunks {
        let (store, info) = try await resolve(name, options.source)
        let size = try info.checkedSize()
        return ObjectChunks(store: store, info: info, range: 0..<size, isVerified: true, options: options)
    }

    /// Some of an object's bytes piece by piece. As ``get(_:range:of:maximumBytes:options:)``.
    public func chunks(
        _ name: String, range: some RangeExpression<Int> & Sendable, of info: ObjectInfo? = nil,
        options: ObjectGetOptions = ObjectGetOptions()
    ) async throws -> ObjectChunks {
        let (store, present) = try await resolve(name, options.source)
        if let info, info.id != present.id || info.bucket != present.bucket {
            throw NATSError(.objectChanged, "the object '\(name)' isn't the one of which a part was to be read")
        }
        let size = try present.checkedSize()
        // Every range is understood as one of all numbers there are, and then cut.
        let wanted = range.relative(to: 0..<Int.max).clamped(to: 0..<size)
        return ObjectChunks(store: store, info: present, range: wanted, isVerified: false, options: options)
    }

    private func all(of chunks: ObjectChunks, _ maximumBytes: Int) async throws -> [UInt8] {
        let count = chunks.range.count
        guard count <= maximumBytes else {
            throw NATSError(
                .payloadTooLarge,
                "the object '\(chunks.info.name)' has \(count) bytes, more than the \(maximumBytes) that may be got at once")
        }
        var bytes: [UInt8] = []
        // The size is what somebody has written: memory for it is taken as the bytes come.
        bytes.reserveCapacity(Swift.min(count, 16 << 20))
        for try await chunk in chunks { bytes.append(contentsOf: chunk) }
        return bytes
    }
}

extension ObjectInfo {
    /// - Throws: ``NATSError/Code/objectDamaged``.
    func checkedSize() throws(NATSError) -> Int {
        guard let size = Int(exactly: size) else {
            throw NATSError(.objectDamaged, "the object '\(name)' can't have the \(size) bytes of which its record speaks")
        }
        return size
    }
}
