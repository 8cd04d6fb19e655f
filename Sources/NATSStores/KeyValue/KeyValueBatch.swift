import NATSClient

/// Changes of several keys that a bucket makes all together, or none of them.
///
///     var batch = KeyValueBatch()
///     batch.put("users.7.name", "Ada")
///     batch.update("users.7.city", "London", revision: 12)
///     batch.delete("users.7.draft")
///     let revisions = try await kv.commit(batch)
///
/// The bucket needs ``KeyValueConfiguration/allowsAtomicUpdates``. At most 1,000 changes; each key once.
///
/// Source: ADR-50.
public struct KeyValueBatch: Sendable {
    enum Change: Sendable {
        case put([UInt8], PublishExpectations, TimeToLive?)
        case create([UInt8], TimeToLive?)
        case remove(Headers, PublishExpectations, TimeToLive?, Rollup?)
    }

    var changes: [(key: String, change: Change)] = []

    /// Without changes.
    public init() {}

    /// How many changes it has.
    public var count: Int { changes.count }

    /// Gives a key a value, whatever it had.
    public mutating func put(_ key: String, _ value: some Collection<UInt8>) {
        changes.append((key, .put(Array(value), [], nil)))
    }

    /// Gives a key a text, whatever it had.
    public mutating func put(_ key: String, _ text: String) { put(key, text.utf8) }

    /// Makes a key, if it isn't there or was removed.
    public mutating func create(_ key: String, _ value: some Collection<UInt8>, timeToLive: TimeToLive? = nil) {
        changes.append((key, .create(Array(value), timeToLive)))
    }

    /// Makes a key with a text, if it isn't there or was removed.
    public mutating func create(_ key: String, _ text: String, timeToLive: TimeToLive? = nil) {
        create(key, text.utf8, timeToLive: timeToLive)
    }

    /// Gives a key a value, if its last revision is this one.
    public mutating func update(
        _ key: String, _ value: some Collection<UInt8>, revision: UInt64, timeToLive: TimeToLive? = nil
    ) {
        changes.append((key, .put(Array(value), .lastSubjectSequence(revision), timeToLive)))
    }

    /// Gives a key a text, if its last revision is this one.
    public mutating func update(_ key: String, _ text: String, revision: UInt64, timeToLive: TimeToLive? = nil) {
        update(key, text.utf8, revision: revision, timeToLive: timeToLive)
    }

    /// Removes a key, perhaps only if its last revision is this one.
    public mutating func delete(_ key: String, revision: UInt64? = nil) {
        let expecting = revision.map { PublishExpectations.lastSubjectSequence($0) } ?? []
        changes.append((key, .remove(KeyValueRemoval.delete, expecting, nil, nil)))
    }

    /// Removes a key with all its earlier revisions, perhaps only if its last revision is this one.
    public mutating func purge(_ key: String, revision: UInt64? = nil, timeToLive: TimeToLive? = nil) {
        let expecting = revision.map { PublishExpectations.lastSubjectSequence($0) } ?? []
        changes.append((key, .remove(KeyValueRemoval.purge, expecting, timeToLive, .subject)))
    }
}

extension KeyValueStore {
    /// Makes all changes of a batch, or none of them.
    ///
    /// - Returns: the revisions, in the order of the changes.
    /// - Throws: ``NATSError/Code/wrongRevision`` when one of the keys isn't as it was expected, and ``NATSError/Code/keyExists`` when one
    ///   that was to be made is there: nothing was changed. ``NATSError/Code/jetStreamRefused`` with `.atomicPublishDisabled` and the
    ///   like; ``NATSError/Code/invalidKey``; ``NATSError/Code/invalidOption`` for an empty batch or a key that is changed twice;
    ///   ``NATSError/Code/serverTooOld``; ``NATSError/Code/timedOut`` and ``NATSError/Code/connectionLost``, after which nobody knows.
    ///
    /// Cost: two round trips, and one for every hundred changes. With removed keys that are made again, as many once more, and one.
    @discardableResult
    public func commit(_ batch: KeyValueBatch) async throws -> [UInt64] {
        guard Set(batch.changes.map(\.key)).count == batch.count, batch.count > 0 else {
            throw NATSError(.invalidOption, "a batch has at least one change, and changes each key once")
        }
        do {
            return try await commit(batch, over: [:])
        } catch let error as NATSError where error.meansWrongRevision {
            let made = batch.changes.compactMap { change in
                if case .create = change.change { change.key } else { nil }
            }
            var markers: [String: UInt64] = [:]
            for key in made {
                guard let last = try await entry(key, source: .leader) else { continue }
                if last.isPresent { throw error.with(.keyExists, "the key '\(key)' exists; nothing was changed") }
                markers[key] = last.revision
            }
            guard !markers.isEmpty else { throw Self.batchRefused(error) }
            do {
                return try await commit(batch, over: markers)
            } catch let error as NATSError where error.meansWrongRevision {
                throw Self.batchRefused(error)
            }
        }
    }

    private static func batchRefused(_ error: NATSError) -> NATSError {
        error.with(.wrongRevision, "a key of the batch has another revision than was expected; nothing was changed")
    }

    /// - Parameter markers: revisions of removed keys that are made again.
    private func commit(_ changes: KeyValueBatch, over markers: [String: UInt64]) async throws -> [UInt64] {
        var batch = access.jetStream.atomicBatch()
        for (key, change) in changes.changes {
            let subject = try access.subject(writing: key)
            switch change {
            case .put(let value, let expecting, let timeToLive):
                let options = PublishOptions(expecting: expecting, timeToLive: timeToLive)
                try await batch.add(subject, access.encoded(value: value), options: options)
            case .create(let value, let timeToLive):
                let options = PublishOptions(
                    expecting: .lastSubjectSequence(markers[key] ?? 0), timeToLive: timeToLive)
                try await batch.add(subject, access.encoded(value: value), options: options)
            case .remove(let headers, let expecting, let timeToLive, let rollup):
                let options = PublishOptions(expecting: expecting, timeToLive: timeToLive, rollup: rollup)
                try await batch.add(subject, [], headers: headers, options: options)
            }
        }
        let last = try await batch.commit().sequence
        // They are stored one behind the other.
        let first = last &- UInt64(changes.count) &+ 1
        return changes.changes.indices.map { first &+ UInt64($0) }
    }
}
