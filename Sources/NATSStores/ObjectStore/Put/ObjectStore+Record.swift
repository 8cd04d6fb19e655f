import NATSClient
internal import NATSProtocol

/// The record certainly isn't stored, and never will be: what it speaks of can be removed.
struct RecordNotStored: Error {
    let cause: any Error
}

/// Storing records. Each replaces the one that was read before, and no other: so whoever replaces a record knows which bytes to
/// remove, and no two clients leave any.
extension ObjectStore {
    /// Stores a record in place of `present`, and removes the bytes of which that one speaks.
    ///
    /// - Throws: ``RecordNotStored``; anything else leaves open whether it is stored.
    func store(
        _ record: ObjectRecord, over present: ObjectInfo?, _ expectation: ObjectExpectation, within limit: Duration
    ) async throws -> ObjectInfo {
        var present = present
        while true {
            do {
                let revision = try await publish(record, over: present?.revision ?? 0, within: limit)
                await removeChunks(of: present, besides: record.id, within: limit)
                return ObjectInfo(record: record, revision: revision, modified: .now)
            } catch let error as NATSError where error.meansWrongRevision {
                let stored = try await persistently(within: limit) { try await replacedInfo(record.name) }
                if let stored, stored.record == record {
                    // It was stored, and the acknowledgement was lost.
                    await removeChunks(of: present, besides: record.id, within: limit)
                    return stored
                }
                guard expectation == .anything else {
                    throw RecordNotStored(
                        cause: error.with(.wrongRevision, "the object '\(record.name)' was changed by somebody else meanwhile"))
                }
                present = stored
            } catch let error as NATSError where error.code == .jetStreamRefused && !error.isRetryable {
                throw RecordNotStored(cause: error)
            }
        }
    }

    /// Stores a record in place of the one with this revision; 0: there is none.
    ///
    /// - Returns: its own revision.
    /// - Throws: what `publish` throws; ``NATSError/meansWrongRevision`` also when an earlier attempt has stored it.
    func publish(_ record: ObjectRecord, over revision: UInt64, within limit: Duration) async throws -> UInt64 {
        let subject = try recordSubject(of: record.name)
        let options = PublishOptions(expecting: .lastSubjectSequence(revision), rollup: .subject)
        let json = record.json
        let acknowledgement = try await persistently(within: limit) {
            try await jetStream.publish(subject, json, options: options)
        }
        try checkOrigin(of: acknowledgement)
        return acknowledgement.sequence
    }

    /// Removes the bytes of an object that was replaced. When it can't, they become orphans.
    func removeChunks(of info: ObjectInfo?, besides id: String, within limit: Duration) async {
        guard let info, !info.isDeleted, info.link == nil, info.id != id, let subject = try? chunkSubject(info.id) else { return }
        _ = try? await persistently(within: limit) { try await stream.purge(filter: subject) }
    }
}

extension ServerTime {
    /// By the client's clock.
    static var now: ServerTime { ServerTime(nanosecondsSince1970: Int64(clamping: WallTime.nowNanoseconds())) }
}
