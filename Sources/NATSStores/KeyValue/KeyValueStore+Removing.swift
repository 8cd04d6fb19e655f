import NATSClient

/// Removing keys. A marker stays in place of the last value, so that watches learn of it.
extension KeyValueStore {
    /// Removes a key; earlier revisions are kept, as far as the history goes. A key that isn't there gets a marker, too.
    ///
    /// - Parameter revision: only if the key's last revision is this one.
    /// - Returns: the marker's revision.
    /// - Throws: ``NATSError/Code/wrongRevision``; otherwise as ``put(_:_:)-(_,Collection<UInt8>)``.
    @discardableResult
    public func delete(_ key: String, revision: UInt64? = nil) async throws -> UInt64 {
        try await remove(key, KeyValueRemoval.delete, revision, PublishOptions())
    }

    /// Removes a key with all its earlier revisions.
    ///
    /// - Parameters:
    ///   - revision: only if the key's last revision is this one.
    ///   - timeToLive: when the marker goes, too. The bucket needs ``KeyValueConfiguration/limitMarkerTTL``. Default: it stays.
    /// - Returns: the marker's revision.
    /// - Throws: as ``delete(_:revision:)``.
    @discardableResult
    public func purge(_ key: String, revision: UInt64? = nil, timeToLive: TimeToLive? = nil) async throws -> UInt64 {
        try await remove(key, KeyValueRemoval.purge, revision, PublishOptions(timeToLive: timeToLive, rollup: .subject))
    }

    /// Removes the markers of removed keys, and what is left of earlier revisions of them.
    ///
    /// - Parameter age: markers that aren't so old stay, so that watches which were away learn of them; only the revisions before
    ///   them go. Default: 30 minutes.
    /// - Returns: how many keys it was.
    /// - Throws: ``NATSError/Code/bucketNotFound``; what ``watch(_:options:)`` and ``JetStream/Stream/purge(before:filter:)`` throw.
    ///
    /// A key that gets a value meanwhile keeps it. Cost: one read of all keys without their values, and one round trip for each
    /// removed key.
    @discardableResult
    public func purgeDeletes(olderThan age: Duration = .seconds(1800)) async throws -> Int {
        let now = try await KeyValueFailure.ofBucket(bucket) { try await stream.info().timestamp }
        var options = KeyValueWatchOptions()
        options.isMetaOnly = true
        var markers: [String: KeyValueEntry] = [:]
        try await forEachInitial(in: [">"], options) { entry in
            if let entry { markers[entry.key] = entry.isPresent ? nil : entry } else { markers = [:] }
        }
        for marker in markers.values {
            // Servers before 2.10 don't say what time it is: all markers are kept then, unless none is wanted.
            let isOld = age <= .zero || now.map { $0.duration(since: marker.created) >= age } == true
            let subject = try access.subject(reading: marker.key)
            // Never beyond the marker: the key may have a value again.
            try await stream.purge(before: isOld ? marker.revision &+ 1 : marker.revision, filter: subject)
        }
        return markers.count
    }

    /// Erases keys without a trace: all revisions and markers of the keys that match. Watches don't learn of it.
    ///
    /// - Returns: how many revisions it was.
    /// - Throws: ``NATSError/Code/invalidKey``; as ``JetStream/Stream/purge(filter:)``.
    @discardableResult
    public func erase(matching pattern: String) async throws -> UInt64 {
        let subject = try access.subject(matching: pattern)
        return try await KeyValueFailure.ofBucket(bucket) { try await stream.purge(filter: subject) }
    }

    private func remove(
        _ key: String, _ headers: Headers, _ revision: UInt64?, _ options: PublishOptions
    ) async throws -> UInt64 {
        var options = options
        if let revision { options.expecting = .lastSubjectSequence(revision) }
        let subject = try access.subject(writing: key)
        return try await KeyValueFailure.ofKey(key, revision) {
            try await access.jetStream.publish(subject, headers: headers, options: options).sequence
        }
    }
}

/// The headers of markers.
enum KeyValueRemoval {
    static let delete: Headers = [HeaderName.keyValueOperation: "DEL"]
    static let purge: Headers = [HeaderName.keyValueOperation: "PURGE"]
}
