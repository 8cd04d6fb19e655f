import NATSClient

/// Buckets of objects: making, finding, changing and removing them.
extension JetStream {
    /// A bucket that exists; one round trip.
    ///
    /// - Throws: ``NATSError/Code/bucketNotFound``; ``NATSError/Code/invalidBucketName``; ``NATSError/Code/jetStreamUnavailable``; what
    ///   `request` throws.
    public func objectStore(_ bucket: String) async throws -> ObjectStore {
        try await objectStore(bucket) { try await stream($0) }
    }

    /// A bucket of which nobody asks whether it exists: no round trip.
    ///
    /// - Throws: ``NATSError/Code/invalidBucketName``.
    public func unverifiedObjectStore(_ bucket: String) throws(NATSError) -> ObjectStore {
        try KeyValueName.check(bucket: bucket)
        return try ObjectStore(bucket: bucket, stream: unverifiedStream(ObjectStore.streamPrefix + bucket))
    }

    /// Makes a bucket. One that exists with the same configuration is as good.
    ///
    /// - Throws: ``NATSError/Code/bucketExists`` when there is another one of this name; ``NATSError/Code/invalidBucketName``;
    ///   ``NATSError/Code/jetStreamRefused``; ``NATSError/Code/jetStreamUnavailable``; what `request` throws.
    public func objectStore(_ bucket: String, create configuration: ObjectStoreConfiguration) async throws -> ObjectStore {
        try await objectStore(bucket) { name in
            try await createStream(configuration.applied(to: StreamConfiguration(name: name), bucket: bucket))
        }
    }

    /// Changes a bucket to this configuration; what it doesn't speak of stays as it is. Two round trips.
    ///
    /// - Throws: as ``objectStore(_:create:)``; ``NATSError/Code/bucketNotFound``.
    public func objectStore(_ bucket: String, update configuration: ObjectStoreConfiguration) async throws -> ObjectStore {
        try await objectStore(bucket) { name in
            let present = try await unverifiedStream(name).info().configuration
            return try await updateStream(configuration.applied(to: present, bucket: bucket))
        }
    }

    /// Makes the bucket, or changes the one of this name to this configuration.
    ///
    /// - Throws: as ``objectStore(_:create:)``.
    public func objectStore(
        _ bucket: String, createOrUpdate configuration: ObjectStoreConfiguration
    ) async throws -> ObjectStore {
        do {
            return try await objectStore(bucket, update: configuration)
        } catch let error as NATSError where error.code == .bucketNotFound {
            return try await objectStore(bucket, create: configuration)
        }
    }

    /// Removes a bucket with all that it has.
    ///
    /// - Throws: ``NATSError/Code/bucketNotFound``; otherwise as ``objectStore(_:)``.
    public func deleteObjectStore(_ bucket: String) async throws {
        try KeyValueName.check(bucket: bucket)
        try await KeyValueFailure.ofBucket(bucket) { try await deleteStream(ObjectStore.streamPrefix + bucket) }
    }

    private func objectStore(
        _ bucket: String, _ stream: (_ name: String) async throws -> JetStream.Stream
    ) async throws -> ObjectStore {
        try KeyValueName.check(bucket: bucket)
        return try await KeyValueFailure.ofBucket(bucket) {
            ObjectStore(bucket: bucket, stream: try await stream(ObjectStore.streamPrefix + bucket))
        }
    }
}

/// Which buckets there are.
extension JetStream {
    /// The buckets of objects and how they are. Asks page by page as it is iterated, for all streams of the account.
    public func objectStores() -> some AsyncSequence<ObjectStoreStatus, any Error> & Sendable {
        streams().compactMap { ObjectStoreStatus($0) }
    }

    /// The names of the buckets of objects.
    public func objectStoreNames() -> some AsyncSequence<String, any Error> & Sendable {
        streamNames().compactMap { ObjectStore.bucket(ofStream: $0) }
    }
}

extension ObjectStore {
    /// How the bucket is. One round trip.
    ///
    /// - Throws: ``NATSError/Code/bucketNotFound``; what `request` throws.
    public func status() async throws -> ObjectStoreStatus {
        let info = try await KeyValueFailure.ofBucket(bucket) { try await stream.info() }
        return ObjectStoreStatus(bucket: bucket, info: info)
    }

    /// Changes the bucket's configuration: reads it, changes it and writes it back. Two round trips.
    ///
    /// - Throws: as ``JetStream/objectStore(_:update:)``.
    public func update(_ change: (inout ObjectStoreConfiguration) -> Void) async throws {
        let present = try await KeyValueFailure.ofBucket(bucket) { try await stream.info().configuration }
        var configuration = ObjectStoreConfiguration(present)
        change(&configuration)
        let wanted = configuration.applied(to: present, bucket: bucket)
        _ = try await KeyValueFailure.ofBucket(bucket) { try await jetStream.updateStream(wanted) }
    }

    /// Nothing can be put into the bucket or removed from it any more. It can't be taken back. Two round trips.
    ///
    /// - Throws: as ``JetStream/objectStore(_:update:)``.
    public func seal() async throws { try await KeyValueFailure.ofBucket(bucket) { try await stream.seal() } }

    /// Removes the bucket with all that it has.
    ///
    /// - Throws: as ``JetStream/deleteObjectStore(_:)``.
    public func deleteBucket() async throws { try await jetStream.deleteObjectStore(bucket) }
}
