import NATSClient

/// The last values of many keys, all of one moment.
public struct KeyValueSnapshot: Sendable {
    /// Those keys that have a value, in the order in which they got it.
    public let entries: [KeyValueEntry]
    /// The bucket's last revision at that moment; 0 when none of the keys has a value or a marker.
    public let revision: UInt64

    /// The key's value; nil when it has none. Linear; ``entries`` can be put into any dictionary.
    public subscript(key: String) -> KeyValueEntry? { entries.first { $0.key == key } }
}

extension KeyValueReading {
    /// The values of all keys that match, as they are or were at one moment.
    ///
    /// - Parameters:
    ///   - filters: keys and patterns, which mustn't overlap. Default: all keys.
    ///   - end: as the bucket was at this revision, or at this time; of a key that was overwritten since, the value is there only if the
    ///     bucket's history has it. Default: now.
    /// - Throws: as ``get(_:)-([String])``; ``NATSError/Code/timedOut`` also when there is more than one answer can bring and others change
    ///   these keys without a pause for as long as ``JetStream/timeout``: then no moment can be caught.
    ///
    /// Cost: one round trip for up to 1,024 keys and 8 MiB. What is larger is read by a watch until nothing is left that it hasn't
    /// told, since the server has no answer for so many keys: some round trips, and the time to send the values. An earlier moment of
    /// so many keys: one round trip for 100,000 names, and one for 1,000 values.
    public func snapshot(_ filters: [String] = [">"], at end: StreamPosition? = nil) async throws -> KeyValueSnapshot {
        let subjects = try access.subjects(matching: filters)
        // A server takes 0 for now.
        if end == .sequence(0) { return KeyValueSnapshot(entries: [], revision: 0) }
        do {
            let batch = try await stream.lastMessages(on: subjects, upTo: end)
            if batch.pendingCount == 0 {
                let entries = try batch.elements.compactMap { try KeyValueEntry($0, access) }.filter(\.isPresent)
                return KeyValueSnapshot(entries: entries, revision: batch.elements.isEmpty ? 0 : batch.upToSequence ?? 0)
            }
        } catch let error as NATSError where error.jetStream?.status == 413 {
            // More than 1,024 keys.
        }
        guard let end else { return try await snapshotByWatch(filters, subjects) }
        return try await snapshotByNames(subjects, at: end)
    }

    /// What the history has of a moment. It doesn't change any more, so any number of requests may ask for it.
    private func snapshotByNames(_ subjects: [String], at end: StreamPosition) async throws -> KeyValueSnapshot {
        let revision = try await KeyValueFailure.ofBucket(bucket) { try await self.revision(at: end) }
        guard revision > 0 else { return KeyValueSnapshot(entries: [], revision: 0) }
        var names: Set<String> = []
        for subject in subjects { names.formUnion(try await stream.subjectCounts(matching: subject).keys) }
        var entries: [KeyValueEntry] = []
        try await forEachLast(on: names, upTo: revision) { message in
            if let entry = try KeyValueEntry(message, access), entry.isPresent { entries.append(entry) }
        }
        return KeyValueSnapshot(entries: entries.sorted { $0.revision < $1.revision }, revision: revision)
    }

    /// The last revision at a place that isn't behind the end.
    private func revision(at place: StreamPosition) async throws -> UInt64 {
        let last = try await stream.info().state.lastSequence
        switch place {
        case .sequence(let revision): return min(revision, last)
        case .time:
            guard let next = try await stream.firstMessage(from: place, source: .leader) else { return last }
            return min(next.sequence &- 1, last)
        }
    }

    /// A watch tells revisions in order, so it has told the whole state at its last one if there is nothing behind that. Whether there
    /// is, the leader knows: a value that was overwritten before it was told has another one behind it.
    private func snapshotByWatch(_ filters: [String], _ subjects: [String]) async throws -> KeyValueSnapshot {
        var watch = try watch(filters)
        defer { watch.stop() }
        var entries: [String: KeyValueEntry] = [:]
        var revision: UInt64 = 0
        var deadline: ContinuousClock.Instant?
        while let sign = try await watch.nextSign(timeout: access.jetStream.timeout) {
            var isEnd = false
            switch sign {
            case .update(.entry(let entry)):
                entries[entry.key] = entry.isPresent ? entry : nil
                revision = entry.revision
                isEnd = entry.pendingCount == 0
            case .update(.initialStateComplete):
                deadline = deadline ?? ContinuousClock.now.advanced(by: access.jetStream.timeout)
                isEnd = true
            case .idle: isEnd = true
            case .update(.gap):
                watch.stop()
                watch = try self.watch(filters)
                entries = [:]
                revision = 0
            }
            if isEnd, try await isLast(revision, subjects) {
                return KeyValueSnapshot(entries: entries.values.sorted { $0.revision < $1.revision }, revision: revision)
            }
            if let deadline, ContinuousClock.now > deadline {
                throw NATSError(.timedOut, "others change the keys of \(access.concerns) all the time: no moment could be caught")
            }
        }
        throw NATSError(.connectionClosed, "the connection was closed while \(access.concerns) was read")
    }

    /// Whether the leader has nothing behind this revision under these subjects.
    private func isLast(_ revision: UInt64, _ subjects: [String]) async throws -> Bool {
        for subject in subjects {
            let place = StreamPosition.sequence(revision &+ 1)
            if try await stream.firstMessage(from: place, matching: subject, source: .leader) != nil { return false }
        }
        return true
    }
}
