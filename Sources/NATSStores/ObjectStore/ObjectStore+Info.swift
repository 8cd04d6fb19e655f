import NATSClient

/// What the bucket has.
extension ObjectStore {
    /// What is known of an object; nil when there is none of this name. A link is told as what it is, not followed.
    ///
    /// - Parameters:
    ///   - includesDeleted: also of one that was deleted.
    ///   - source: any server that has the bucket, which may be a moment behind, or the leader.
    /// - Throws: ``NATSError/Code/bucketNotFound``; ``NATSError/Code/invalidObjectName``; ``NATSError/Code/objectDamaged`` when its
    ///   record can't be read; as ``JetStream/Stream/message(_:source:)``.
    ///
    /// Cost: one round trip.
    public func getInfo(
        _ name: String, includesDeleted: Bool = false, source: ReadSource = .anyReplica
    ) async throws -> ObjectInfo? {
        let info = try await lastInfo(name, source)
        return info?.isDeleted == false || includesDeleted ? info : nil
    }

    /// What is known of all objects, in the order in which their records were stored, each name once.
    ///
    /// An object that is put or deleted meanwhile may or may not be as it was; every other one is there.
    ///
    /// - Parameter includesDeleted: also of those that were deleted.
    /// - Throws: as ``ObjectWatch``.
    ///
    /// Cost: all records stay in memory. ``watch(_:options:)`` gives them one by one.
    public func list(includesDeleted: Bool = false) async throws -> [ObjectInfo] {
        // By bytes: texts that look the same are equal in Swift, and are names of two objects.
        var infos: [[UInt8]: ObjectInfo] = [:]
        let watch = try watch()
        defer { watch.stop() }
        while let update = try await watch.next() {
            switch update {
            case .info(let info): infos[Array(info.name.utf8)] = info
            case .initialStateComplete:
                return infos.values.filter { includesDeleted || !$0.isDeleted }.sorted { $0.revision < $1.revision }
            // What is there now comes from the beginning.
            case .gap: break
            }
        }
        throw NATSError(.connectionClosed, "the connection was closed while \(concerns) was listed")
    }

    /// The last record of this name, also of an object that was deleted.
    func lastInfo(_ name: String, _ source: ReadSource) async throws -> ObjectInfo? {
        let subject = try recordSubject(of: name)
        let message = try await KeyValueFailure.ofBucket(bucket) { try await stream.lastMessage(on: subject, source: source) }
        return try message.map { message throws(NATSError) in try ObjectInfo(message) }
    }

    /// As ``lastInfo(_:_:)``, for whoever stores another record in its place: of one that can't be read, nothing is known but where it is.
    func replacedInfo(_ name: String) async throws -> ObjectInfo? {
        let subject = try recordSubject(of: name)
        let message = try await KeyValueFailure.ofBucket(bucket) { try await stream.lastMessage(on: subject, source: .leader) }
        guard let message else { return nil }
        if let info = try? ObjectInfo(message) { return info }
        let unknown = ObjectRecord(ObjectMeta(name: name), bucket: bucket, id: "", options: ObjectRecordOptions())
        return ObjectInfo(record: unknown, revision: message.sequence, modified: message.timestamp)
    }

    /// The record of an object to be read.
    private func presentInfo(_ name: String, _ source: ReadSource) async throws -> ObjectInfo {
        guard let info = try await lastInfoOrReplicas(name, source), !info.isDeleted else { throw notFound(name) }
        return info
    }

    /// Without a leader, what a replica has is better than nothing.
    private func lastInfoOrReplicas(_ name: String, _ source: ReadSource) async throws -> ObjectInfo? {
        do {
            return try await lastInfo(name, source)
        } catch let error as NATSError where source == .leader && error.isRetryable {
            return try await lastInfo(name, .anyReplica)
        }
    }

    /// The object to which a name leads in the end, and the bucket in which it is.
    ///
    /// - Throws: ``NATSError/Code/invalidLink``.
    func resolve(_ name: String, _ source: ReadSource) async throws -> (store: ObjectStore, info: ObjectInfo) {
        var store = self
        var info = try await presentInfo(name, source)
        for _ in 1...Self.linkDepthMaximum {
            guard let link = info.link else { return (store, info) }
            guard let target = link.name, !target.isEmpty else {
                throw NATSError(.invalidLink, "'\(info.name)' is a link to the whole bucket '\(link.bucket)', and has no bytes")
            }
            if link.bucket != store.bucket { store = try await jetStream.objectStore(link.bucket) }
            info = try await store.presentInfo(target, source)
        }
        throw NATSError(.invalidLink, "the link '\(name)' leads from link to link without an end")
    }

    /// Links to links can't be made, but a link can take the place of an object to which one leads.
    private static let linkDepthMaximum = 8
}
