import NATSClient

/// Buckets: making, finding, changing and removing them.
extension JetStream {
    /// A bucket that exists; one round trip.
    ///
    /// - Throws: ``NATSError/Code/bucketNotFound``; ``NATSError/Code/invalidBucketName``; ``NATSError/Code/jetStreamUnavailable``; what
    ///   `request` throws.
    public func keyValueStore(_ bucket: String) async throws -> KeyValueStore {
        try await keyValueStore(bucket) { try await stream($0) }
    }

    /// A bucket of which nobody asks whether it exists: no round trip. Not for mirrors, which would be taken for a bucket of their own.
    ///
    /// - Throws: ``NATSError/Code/invalidBucketName``.
    public func unverifiedKeyValueStore(_ bucket: String) throws(NATSError) -> KeyValueStore {
        try KeyValueName.check(bucket: bucket)
        return try KeyValueStore(access: KeyValueAccess(bucket, unverifiedStream(KeyValueAccess.streamPrefix + bucket)))
    }

    /// Makes a bucket. One that exists with the same configuration is as good.
    ///
    /// - Throws: ``NATSError/Code/bucketExists`` when there is another one of this name; ``NATSError/Code/invalidBucketName``;
    ///   ``NATSError/Code/invalidOption`` for a history that isn't 1 to 64; ``NATSError/Code/serverTooOld``;
    ///   ``NATSError/Code/jetStreamRefused``; ``NATSError/Code/jetStreamUnavailable``; what `request` throws.
    public func keyValueStore(_ bucket: String, create configuration: KeyValueConfiguration) async throws -> KeyValueStore {
        try await keyValueStore(bucket) { name in
            try await createStream(configuration.applied(to: StreamConfiguration(name: name), bucket: bucket))
        }
    }

    /// Changes a bucket to this configuration; what it doesn't speak of stays as it is. Two round trips.
    ///
    /// - Throws: as ``keyValueStore(_:create:)``; ``NATSError/Code/bucketNotFound``.
    public func keyValueStore(_ bucket: String, update configuration: KeyValueConfiguration) async throws -> KeyValueStore {
        try await keyValueStore(bucket) { name in
            let present = try await unverifiedStream(name).info().configuration
            return try await updateStream(configuration.applied(to: present, bucket: bucket))
        }
    }

    /// Makes the bucket, or changes the one of this name to this configuration.
    ///
    /// - Throws: as ``keyValueStore(_:create:)``.
    public func keyValueStore(
        _ bucket: String, createOrUpdate configuration: KeyValueConfiguration
    ) async throws -> KeyValueStore {
        do {
            return try await keyValueStore(bucket, update: configuration)
        } catch let error as NATSError where error.code == .bucketNotFound {
            return try await keyValueStore(bucket, create: configuration)
        }
    }

    /// Removes a bucket with all that it has.
    ///
    /// - Throws: ``NATSError/Code/bucketNotFound``; otherwise as ``keyValueStore(_:)``.
    public func deleteKeyValueStore(_ bucket: String) async throws {
        try KeyValueName.check(bucket: bucket)
        try await KeyValueFailure.ofBucket(bucket) { try await deleteStream(KeyValueAccess.streamPrefix + bucket) }
    }

    private func keyValueStore(
        _ bucket: String, _ stream: (_ name: String) async throws -> JetStream.Stream
    ) async throws -> KeyValueStore {
        try KeyValueName.check(bucket: bucket)
        return try await KeyValueFailure.ofBucket(bucket) {
            KeyValueStore(access: KeyValueAccess(bucket, try await stream(KeyValueAccess.streamPrefix + bucket)))
        }
    }
}

/// Which buckets there are.
extension JetStream {
    /// The buckets and how they are, mirrors among them. Asks page by page as it is iterated, for all streams of the account.
    public func keyValueStores() -> some AsyncSequence<KeyValueStatus, any Error> & Sendable {
        streams().compactMap { KeyValueStatus($0) }
    }

    /// The names of the buckets.
    public func keyValueStoreNames() -> some AsyncSequence<String, any Error> & Sendable {
        streamNames().compactMap { KeyValueName.bucket(ofStream: $0) }
    }
}

extension KeyValueStore {
    /// Changes the bucket's configuration: reads it, changes it and writes it back. Two round trips.
    ///
    /// - Throws: as ``JetStream/keyValueStore(_:update:)``.
    public func update(_ change: (inout KeyValueConfiguration) -> Void) async throws {
        let present = try await KeyValueFailure.ofBucket(bucket) { try await stream.info().configuration }
        var configuration = KeyValueConfiguration(present)
        change(&configuration)
        let wanted = try configuration.applied(to: present, bucket: bucket)
        _ = try await KeyValueFailure.ofBucket(bucket) { try await access.jetStream.updateStream(wanted) }
    }

    /// Removes the bucket with all that it has.
    ///
    /// - Throws: as ``JetStream/deleteKeyValueStore(_:)``.
    public func deleteBucket() async throws { try await access.jetStream.deleteKeyValueStore(bucket) }
}

extension KeyValueReading {
    /// How the bucket is. One round trip.
    ///
    /// - Throws: ``NATSError/Code/bucketNotFound``; what `request` throws.
    public func status() async throws -> KeyValueStatus {
        let info = try await KeyValueFailure.ofBucket(bucket) { try await stream.info() }
        return KeyValueStatus(bucket: bucket, info: info)
    }
}
