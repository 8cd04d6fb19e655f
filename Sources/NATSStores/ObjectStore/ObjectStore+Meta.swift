import NATSClient

/// Changing and removing objects, and links. Each stores a record in place of the one that was read before, so that nothing that
/// others do at the same time is lost.
extension ObjectStore {
    /// Changes what is said of an object: its description, headers, metadata, and its name. Its bytes stay. Of a link: the link's.
    ///
    ///     try await objects.updateMeta("draft.txt") { $0.name = "final.txt" }
    ///
    /// A renamed object leaves nothing under its old name. Watches see it under its new one.
    ///
    /// - Throws: ``NATSError/Code/objectNotFound``; ``NATSError/Code/objectExists`` when there is an object of the new name;
    ///   ``NATSError/Code/wrongRevision`` when the object was changed meanwhile; ``NATSError/Code/invalidObjectName``; otherwise as
    ///   ``getInfo(_:includesDeleted:source:)`` and `publish`.
    ///
    /// Cost: two round trips, and two more for another name.
    @discardableResult
    public func updateMeta(_ name: String, _ change: (inout ObjectMeta) throws -> Void) async throws -> ObjectInfo {
        guard let present = try await lastInfo(name, .leader), !present.isDeleted else { throw notFound(name) }
        var meta = present.meta
        try change(&meta)
        var record = present.record
        record.apply(meta)
        if meta.name.utf8.elementsEqual(name.utf8) { return try await replace(present, with: record) }
        let other = try await lastInfo(meta.name, .leader)
        try ObjectExpectation.absent.check(other, meta.name)
        let renamed = try await replace(other, with: record)
        // Not what others may have put under the old name meanwhile.
        try await stream.purge(before: present.revision &+ 1, filter: recordSubject(of: name))
        return renamed
    }

    /// Removes an object. What remains is a record that says so.
    ///
    /// - Parameter revision: only if the object has this ``ObjectInfo/revision``. Default: whichever it has.
    /// - Throws: ``NATSError/Code/objectNotFound``; ``NATSError/Code/wrongRevision``; ``NATSError/Code/jetStreamRefused``, as when the
    ///   bucket is sealed; otherwise as ``getInfo(_:includesDeleted:source:)`` and `publish`.
    ///
    /// Cost: three round trips.
    public func delete(_ name: String, revision: UInt64? = nil) async throws {
        var attemptsLeft = Self.deleteAttempts
        while true {
            attemptsLeft -= 1
            guard let present = try await replacedInfo(name), !present.isDeleted else { throw notFound(name) }
            if let revision { try ObjectExpectation.revision(revision).check(present, name) }
            do {
                return try await delete(present)
            } catch let error as NATSError where error.code == .wrongRevision && revision == nil && attemptsLeft > 0 {
                // Somebody has changed it in between.
            }
        }
    }

    private static let deleteAttempts = 3

    private func delete(_ present: ObjectInfo) async throws {
        var record = present.record
        record.isDeleted = true
        record.size = 0
        record.chunkCount = 0
        record.digest = ""
        // A link has none, and of a forged or unreadable record nobody knows which.
        let chunks = present.link == nil ? try? chunkSubject(present.id) : nil
        do {
            _ = try await replace(present, with: record)
        } catch let error as NATSError where error.jetStream?.code == .streamStoreFailed && chunks != nil {
            // A full bucket takes no record either: its bytes go first, then.
            try await stream.purge(filter: chunks)
            _ = try await replace(present, with: record)
        }
        if let chunks { try await stream.purge(filter: chunks) }
    }

    /// Makes a link: a name under which an object of this or another bucket is got. It leads to the name, not to the bytes: whatever is put
    /// there later is got.
    ///
    /// A link of this name is replaced.
    ///
    /// - Throws: ``NATSError/Code/invalidLink`` when the target is a link or deleted; ``NATSError/Code/objectExists`` when there is an object
    ///   of this name that isn't a link; otherwise as ``updateMeta(_:_:)``.
    @discardableResult
    public func link(_ name: String, to target: ObjectInfo) async throws -> ObjectInfo {
        guard !target.isDeleted, target.link == nil else {
            throw NATSError(
                .invalidLink, "'\(target.name)' \(target.isDeleted ? "is deleted" : "is a link itself"): no link can lead to it")
        }
        return try await link(name, ObjectLink(bucket: target.bucket, name: target.name))
    }

    /// Makes a link to a whole bucket. It tells where the bucket is; it can't be got. As ``link(_:to:)``.
    ///
    /// - Throws: ``NATSError/Code/invalidBucketName``, too.
    @discardableResult
    public func link(_ name: String, toBucket target: String) async throws -> ObjectInfo {
        try KeyValueName.check(bucket: target)
        return try await link(name, ObjectLink(bucket: target))
    }

    private func link(_ name: String, _ target: ObjectLink) async throws -> ObjectInfo {
        let present = try await replacedInfo(name)
        if present?.link == nil { try ObjectExpectation.absent.check(present, name) }
        let record = ObjectRecord(
            ObjectMeta(name: name), bucket: bucket, id: jetStream.connection.newName(), options: ObjectRecordOptions(link: target)
        )
        return try await replace(present, with: record)
    }

    /// Stores a record in place of another one, and of no other.
    ///
    /// - Throws: ``NATSError/Code/wrongRevision`` when that one isn't the last any more.
    private func replace(_ present: ObjectInfo?, with record: ObjectRecord) async throws -> ObjectInfo {
        let subject = try recordSubject(of: record.name)
        return try await KeyValueFailure.ofKey(record.name, present?.revision) {
            let options = PublishOptions(expecting: .lastSubjectSequence(present?.revision ?? 0), rollup: .subject)
            let acknowledgement = try await jetStream.publish(subject, record.json, options: options)
            try checkOrigin(of: acknowledgement)
            return ObjectInfo(record: record, revision: acknowledgement.sequence, modified: .now)
        }
    }
}
