import NATSClient

/// Reading single keys.
extension KeyValueReading {
    /// The key's value with its revision; nil when there is no such key, or it was removed.
    ///
    /// - Parameter source: any server that has the bucket, which may be a moment behind, or the leader, which has every
    ///   revision that was acknowledged.
    /// - Throws: ``NATSError/Code/invalidKey``; ``NATSError/Code/codecFailed``; as ``JetStream/Stream/message(_:source:)``.
    ///
    /// Cost: one round trip.
    public func get(_ key: String, source: ReadSource = .anyReplica) async throws -> KeyValueEntry? {
        let entry = try await entry(key, source: source)
        return entry?.isPresent == true ? entry : nil
    }

    /// What the key's value was at one revision; nil when that revision isn't kept any more, is another key's, or removed the key.
    /// As ``get(_:source:)``.
    public func get(_ key: String, revision: UInt64, source: ReadSource = .anyReplica) async throws -> KeyValueEntry? {
        let entry = try await entry(key, revision: revision, source: source)
        return entry?.isPresent == true ? entry : nil
    }

    /// The key's last revision, also when it removed the key; nil when the bucket knows nothing of the key. As ``get(_:source:)``.
    public func entry(_ key: String, source: ReadSource = .anyReplica) async throws -> KeyValueEntry? {
        let subject = try access.subject(reading: key)
        let found = try await KeyValueFailure.ofBucket(bucket) {
            try await stream.find(MessageGetRequest(lastOn: subject), source)
        }
        return switch found {
        case .direct(let message): try KeyValueEntry(direct: message, of: key, access)
        case .stored(let message): try KeyValueEntry(message, access)
        case nil: nil
        }
    }

    /// One revision of the key, also when it removed the key; nil when it isn't kept any more, or is another key's. As
    /// ``get(_:source:)``.
    public func entry(_ key: String, revision: UInt64, source: ReadSource = .anyReplica) async throws -> KeyValueEntry? {
        let subject = try access.subject(reading: key)
        // Revisions begin with 1.
        guard revision > 0 else { return nil }
        let message = try await KeyValueFailure.ofBucket(bucket) { try await stream.message(revision, source: source) }
        guard let message, message.subject == subject else { return nil }
        return try KeyValueEntry(message, access)
    }
}
