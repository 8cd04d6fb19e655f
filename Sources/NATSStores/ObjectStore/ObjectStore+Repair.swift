import NATSClient
internal import NATSProtocol

/// Chunks that belong to no object: those of puts whose client has crashed, or of objects that were replaced by a client that could
/// not remove them.
public struct OrphanedChunks: Sendable, Hashable {
    /// What stands in the subject of the chunks.
    public let id: String
    /// How many there are.
    public let chunkCount: UInt64
    /// When the last of them was stored, by the server's clock.
    public let lastModified: ServerTime
    /// The number of the last of them.
    let lastSequence: UInt64
}

/// Repair.
extension ObjectStore {
    /// Finds chunks that belong to no object.
    ///
    /// - Parameter idleTime: those of which one was stored later than so long ago are left out, since they may be of a put that is under
    ///   way. Default: an hour.
    /// - Throws: ``NATSError/Code/bucketNotFound``; as ``ObjectWatch``.
    ///
    /// Cost: one message without bytes for each object, and all records.
    public func orphans(idleFor idleTime: Duration = .seconds(3600)) async throws -> [OrphanedChunks] {
        let info = try await KeyValueFailure.ofBucket(bucket) { try await stream.info() }
        let limit = info.timestamp ?? .now
        // In this order: whoever ends a put in between has its record stored when records are read.
        let chunks = try await lastChunks()
        guard !chunks.isEmpty else { return [] }
        let used = Set(try await list().map(\.id))
        let idle = chunks.filter { !used.contains($0.key) && limit.duration(since: $0.value.time) >= idleTime }
        guard !idle.isEmpty else { return [] }
        let counts = try await stream.subjectCounts(matching: chunkPrefix + "*")
        return idle.map { id, last in
            OrphanedChunks(
                id: id, chunkCount: counts[chunkPrefix + id] ?? 0, lastModified: last.time, lastSequence: last.sequence)
        }
        .filter { $0.chunkCount > 0 }.sorted { $0.lastSequence < $1.lastSequence }
    }

    /// Finds chunks that belong to no object, and removes them.
    ///
    /// - Parameter idleTime: as of ``orphans(idleFor:)``. A put that stores nothing for so long loses its chunks.
    /// - Returns: what was removed.
    /// - Throws: as ``orphans(idleFor:)``; ``NATSError/Code/jetStreamRefused``, as when the bucket is sealed.
    @discardableResult
    public func removeOrphans(idleFor idleTime: Duration = .seconds(3600)) async throws -> [OrphanedChunks] {
        let orphans = try await orphans(idleFor: idleTime)
        for orphan in orphans {
            // Not what was stored since.
            try await stream.purge(before: orphan.lastSequence &+ 1, filter: chunkSubject(orphan.id))
        }
        return orphans
    }

    /// The last chunk of each id.
    private func lastChunks() async throws -> [String: (sequence: UInt64, time: ServerTime)] {
        var ordered = OrderedOptions(filterSubjects: [chunkPrefix + "*"], deliverPolicy: .lastPerSubject)
        ordered.isHeadersOnly = true
        ordered.inactiveThreshold = .seconds(30)
        ordered.handsOnSigns = true
        let messages = OrderedConsumer(stream, ordered).messages()
        defer { messages.stop() }
        var machine = WatchStateMachine(seesEverything: false)
        var chunks: [String: (sequence: UInt64, time: ServerTime)] = [:]
        while !machine.isComplete {
            guard let message = try await messages.next() else {
                throw NATSError(.connectionClosed, "the connection was closed while the chunks of \(concerns) were listed")
            }
            let subject = message.subject
            if subject.hasPrefix(chunkPrefix) {
                guard let place = AcknowledgementSubject(message.replyBytes) else { continue }
                _ = machine.received(place.streamSequence, pending: place.pending ?? 0)
                let time = ServerTime(nanosecondsSince1970: place.timeNanoseconds)
                chunks[String(subject.dropFirst(chunkPrefix.count))] = (place.streamSequence, time)
            } else if message.hasHeaders {
                _ = machine.idle()
            } else {
                _ = machine.began(pending: ConsumerCreation(message.bytes).pending, behind: nil)
            }
        }
        return chunks
    }
}
