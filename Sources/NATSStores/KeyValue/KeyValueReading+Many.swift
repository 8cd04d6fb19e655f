import NATSClient

/// A part of a bucket's keys, in the order in which they got their values.
public struct KeyValuePage: Sendable {
    /// The last values of keys. There may be fewer than were asked for, even none, and still be more pages.
    public let entries: [KeyValueEntry]
    /// Where the next page begins: the parameter `after` of ``KeyValueReading/page(matching:after:count:)``. Nil: this was the last one.
    public let next: UInt64?
}

/// Reading many keys with few requests, without a consumer. Server 2.11.
extension KeyValueReading {
    /// The values of many keys; those that have none are left out.
    ///
    /// - Throws: ``NATSError/Code/invalidKey``; ``NATSError/Code/codecFailed``; ``NATSError/Code/noResponders`` when the bucket doesn't allow
    ///   direct gets, or doesn't exist; as ``JetStream/Stream/lastMessages(on:upTo:from:count:maximumBytes:)``.
    ///
    /// Cost: one round trip for 1,000 keys and 8 MiB. What comes with one round trip is all of one moment; ``snapshot(_:at:)`` is so
    /// always.
    public func get(_ keys: [String]) async throws -> [String: KeyValueEntry] {
        var values: [String: KeyValueEntry] = [:]
        try await forEachLast(on: Set(keys.map(access.subject(reading:)))) { message in
            if let entry = try KeyValueEntry(message, access), entry.isPresent { values[entry.key] = entry }
        }
        return values
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
        let entries = try await withoutOldRevisions(batch.elements).compactMap { try KeyValueEntry($0, access) }
        let next = batch.pendingCount > 0 ? batch.elements.last?.sequence : nil
        return KeyValuePage(entries: entries.filter(\.isPresent), next: next)
    }

    /// Without those of which a later one is known. That one comes on this page or a later one.
    private func withoutOldRevisions(_ messages: [StoredMessage]) async throws -> [StoredMessage] {
        guard stream.cachedInfo?.configuration.maximumMessagesPerSubject != 1 else { return messages }
        var newest = Dictionary(messages.map { ($0.subject, $0.sequence) }, uniquingKeysWith: max)
        // Whoever answers may know less than the server that gave the page.
        try await forEachLast(on: Set(newest.keys)) { message in
            newest[message.subject] = max(newest[message.subject] ?? 0, message.sequence)
        }
        return messages.filter { newest[$0.subject] == $0.sequence }
    }

    /// Calls `body` with the last message of each subject that has one. As many requests as the subjects and the bytes need.
    ///
    /// - Parameter end: as the bucket was at this revision.
    func forEachLast(
        on subjects: Set<String>, upTo end: UInt64? = nil, _ body: (StoredMessage) throws -> Void
    ) async throws {
        var rest = subjects
        while !rest.isEmpty {
            let part = KeyValueLimits.part(of: rest)
            let batch = try await stream.lastMessages(on: part, upTo: end.map { .sequence($0) })
            for message in batch.elements {
                rest.remove(message.subject)
                try body(message)
            }
            // What didn't fit is asked for by its name again: in the state of the first answer it may have been overwritten since.
            if batch.pendingCount == 0 || batch.elements.isEmpty { rest.subtract(part) }
        }
    }
}

enum KeyValueLimits {
    /// A server answers for 1,024 subjects at most.
    static let keysOfRequest = 1000
    /// Of the names in one request.
    static let bytesOfRequest = 256 << 10

    /// As many of these as one request may ask for, one at least.
    static func part(of subjects: Set<String>) -> [String] {
        var part: [String] = []
        var bytes = 0
        for subject in subjects {
            bytes += subject.utf8.count + 3
            if part.count == keysOfRequest || !part.isEmpty && bytes > bytesOfRequest { break }
            part.append(subject)
        }
        return part
    }
}
