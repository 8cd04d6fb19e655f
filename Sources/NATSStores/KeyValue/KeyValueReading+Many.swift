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

/// A part of a bucket's keys, in the order in which they got their values.
public struct KeyValuePage: Sendable {
    /// The last values of keys. There may be fewer than were asked for, even none, and still be more pages.
    public let entries: [KeyValueEntry]
    /// Where the next page begins: the parameter `after` of ``KeyValueReading/page(matching:after:count:)``. Nil: this was the last one.
    public let next: UInt64?
}

/// Reading many keys with few requests, without a consumer. Server 2.11.
extension KeyValueReading {
    /// The values of many keys; those that have none are left out. All are of one moment.
    ///
    /// - Throws: ``NATSError/Code/invalidKey``; ``NATSError/Code/codecFailed``; ``NATSError/Code/noResponders`` when the bucket doesn't allow
    ///   direct gets, or doesn't exist; as ``JetStream/Stream/lastMessages(on:upTo:from:count:maximumBytes:)``.
    ///
    /// Cost: one round trip for 1,000 keys. Of more keys than that, one that changes between two round trips of them is left out when
    /// the bucket keeps no history.
    public func get(_ keys: [String]) async throws -> [String: KeyValueEntry] {
        // A key that is named twice would be refused.
        let subjects = Set(try keys.map(access.subject(reading:))).sorted()
        var values: [String: KeyValueEntry] = [:]
        var end: StreamPosition?
        for start in stride(from: 0, to: subjects.count, by: KeyValueLimits.keysOfRequest) {
            let part = subjects[start..<min(start + KeyValueLimits.keysOfRequest, subjects.count)]
            let (entries, revision) = try await lastEntries(on: Array(part), upTo: end)
            if revision > 0 { end = end ?? .sequence(revision) }
            for entry in entries where entry.isPresent { values[entry.key] = entry }
        }
        return values
    }

    /// The values of all keys that match, as they are or were at one moment.
    ///
    /// - Parameters:
    ///   - filters: keys and patterns, which mustn't overlap. Default: all keys.
    ///   - end: as the bucket was at this revision, or at this time; of a key that was overwritten since, the value is there only if the
    ///     bucket's history has it. Default: now.
    /// - Throws: as ``get(_:)-([String])``; ``NATSError/Code/jetStreamRefused`` with status 413 when more than 1,024 keys match.
    ///
    /// Cost: one round trip for 8 MiB.
    public func snapshot(_ filters: [String] = [">"], at end: StreamPosition? = nil) async throws -> KeyValueSnapshot {
        let (entries, revision) = try await lastEntries(on: filters.map(access.subject(matching:)), upTo: end)
        return KeyValueSnapshot(entries: entries.filter(\.isPresent), revision: revision)
    }

    /// Some keys and their values, in the order in which they got them: for going over a large bucket piece by piece, from anywhere.
    ///
    ///     var page = try await kv.page(count: 100)
    ///     while let next = page.next { page = try await kv.page(after: next, count: 100) }
    ///
    /// A key that gets another value meanwhile moves behind the others, and so may come twice; every key that stays comes once.
    ///
    /// - Parameters:
    ///   - filter: a key or pattern. Default: all keys.
    ///   - revision: where the page begins: ``KeyValuePage/next`` of the one before. Default: 0, at the beginning.
    ///   - count: at most so many revisions are looked at; 1 to 1,000.
    /// - Throws: as ``get(_:)-([String])``.
    ///
    /// Cost: one round trip, another one if the bucket keeps a history.
    public func page(
        matching filter: String = ">", after revision: UInt64 = 0, count: Int
    ) async throws -> KeyValuePage {
        let subject = try access.subject(matching: filter)
        let count = min(max(count, 1), KeyValueLimits.keysOfRequest)
        let batch = try await stream.messages(count, from: .sequence(revision &+ 1), matching: subject)
        let entries = try batch.elements.compactMap { try KeyValueEntry($0, access) }
        let next = batch.pendingCount > 0 ? batch.elements.last?.sequence : nil
        let current = try await withoutOldRevisions(entries, batch.elements)
        return KeyValuePage(entries: current.filter(\.isPresent), next: next)
    }

    private func withoutOldRevisions(
        _ entries: [KeyValueEntry], _ messages: [StoredMessage]
    ) async throws -> [KeyValueEntry] {
        guard !messages.isEmpty, stream.cachedInfo?.configuration.maximumMessagesPerSubject != 1 else { return entries }
        let (last, _) = try await lastEntries(on: Set(messages.map(\.subject)).sorted(), upTo: nil)
        // What has changed since comes on a later page.
        let revisions = Set(last.map(\.revision))
        return entries.filter { revisions.contains($0.revision) }
    }

    /// The last entries on these subjects, and the bucket's last revision at that moment. As many requests as the bytes need.
    private func lastEntries(
        on subjects: [String], upTo end: StreamPosition?
    ) async throws -> (entries: [KeyValueEntry], revision: UInt64) {
        var entries: [KeyValueEntry] = []
        var end = end
        var start: UInt64?
        while true {
            let batch = try await stream.lastMessages(on: subjects, upTo: end, from: start)
            entries += try batch.elements.compactMap { try KeyValueEntry($0, access) }
            if let revision = batch.upToSequence { end = .sequence(revision) }
            guard batch.pendingCount > 0, let last = batch.elements.last else { break }
            start = last.sequence + 1
        }
        guard case .sequence(let revision) = end, !entries.isEmpty else { return (entries, 0) }
        return (entries, revision)
    }
}

enum KeyValueLimits {
    /// A server answers for 1,024 subjects at most.
    static let keysOfRequest = 1000
}
