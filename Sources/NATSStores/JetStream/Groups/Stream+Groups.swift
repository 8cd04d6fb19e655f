import NATSClient

/// Partitioned groups of a stream.
extension JetStream.Stream {
    /// A static group whose members share all partitions evenly. Asking for one that is there with the same members does nothing.
    ///
    /// - Parameters:
    ///   - partitions: as many as the stream's subject transform makes.
    ///   - filter: kept for people and other tools.
    /// - Throws: ``NATSError/Code/invalidOption`` when it makes no sense, or is there in another way;
    ///   ``NATSError/Code/jetStreamRefused``.
    public func createStaticGroup(
        _ name: String, partitions: Int, filter: String = "", members: [String]
    ) async throws -> PartitionedGroup {
        var configuration = PartitionedGroupConfiguration()
        (configuration.partitions, configuration.filter, configuration.members) = (partitions, filter, members)
        return try await createGroup(name, .static, configuration)
    }

    /// A static group whose members have partitions of their own choice: each partition must be somebody's.
    public func createStaticGroup(
        _ name: String, partitions: Int, filter: String = "", assignments: [PartitionAssignment]
    ) async throws -> PartitionedGroup {
        var configuration = PartitionedGroupConfiguration()
        (configuration.partitions, configuration.filter, configuration.assignments) = (partitions, filter, assignments)
        return try await createGroup(name, .static, configuration)
    }

    /// An elastic group without members yet: see ``PartitionedGroup/add(members:)``. Its stream, `<stream>-<group>`, takes what
    /// this one has and gets, and forgets what was handled. Asking for one that is there does nothing.
    ///
    /// - Parameters:
    ///   - partitions: how many members can have something to do.
    ///   - filter: the subjects to be divided, with at least one `*`, as in `orders.*.*`.
    ///   - wildcards: which `*` decide about the partition, counted from 1.
    ///   - maximumBufferedMessages: messages that wait in its stream at most. Default: nil, any number. With `maximumBufferedBytes`
    ///     the stream takes no more until there is room.
    /// - Throws: as ``createStaticGroup(_:partitions:filter:members:)``.
    public func createElasticGroup(
        _ name: String, partitions: Int, filter: String, wildcards: [Int], maximumBufferedMessages: Int? = nil,
        maximumBufferedBytes: Int? = nil
    ) async throws -> PartitionedGroup {
        var configuration = PartitionedGroupConfiguration()
        (configuration.partitions, configuration.filter, configuration.partitioningWildcards) = (partitions, filter, wildcards)
        configuration.maximumBufferedMessages = maximumBufferedMessages
        configuration.maximumBufferedBytes = maximumBufferedBytes
        let group = try await createGroup(name, .elastic, configuration)
        try await group.createStream(configuration)
        return group
    }

    /// A group that is there. One round trip.
    ///
    /// - Throws: ``NATSError/Code/groupNotFound``.
    public func group(_ name: String, _ kind: PartitionedGroup.Kind) async throws -> PartitionedGroup {
        let group = PartitionedGroup(stream: self, name: name, kind: kind)
        _ = try await group.configuration()
        return group
    }

    /// The names of all groups of a kind.
    public func groupNames(_ kind: PartitionedGroup.Kind) async throws -> [String] {
        try await GroupBucket(jetStream: jetStream, kind: kind).groups(of: name)
    }

    private func createGroup(
        _ name: String, _ kind: PartitionedGroup.Kind, _ configuration: PartitionedGroupConfiguration
    ) async throws -> PartitionedGroup {
        try APIName.check(name, "group")
        for member in configuration.memberNames { try APIName.check(member, "member") }
        let group = PartitionedGroup(stream: self, name: name, kind: kind)
        if let defect = configuration.defect(kind) { throw NATSError(.invalidOption, "\(group.concerns): \(defect)") }
        try await group.bucket.create(replicas: try await info().configuration.replicas)
        if let present = try await group.bucket.read(self.name, name)?.configuration {
            let isSame = kind == .static ? present == configuration : present.isSameDivision(as: configuration)
            guard isSame else {
                throw NATSError(.invalidOption, "\(group.concerns) is there and divides in another way: delete it first")
            }
        } else {
            try await group.bucket.write(configuration, self.name, name, revision: nil)
        }
        return group
    }
}

extension PartitionedGroup {
    /// The stream that numbers the messages of an elastic group.
    fileprivate func createStream(_ configuration: PartitionedGroupConfiguration) async throws {
        let origin = try await stream.info().configuration
        var ours = StreamConfiguration(name: "\(stream.name)-\(name)")
        ours.retention = .workQueue
        ours.replicas = origin.replicas
        ours.storage = origin.storage
        ours.maximumMessages = configuration.maximumBufferedMessages
        ours.maximumBytes = configuration.maximumBufferedBytes
        ours.discard = .new
        ours.allowsDirectGet = true
        var source = StreamSource(name: stream.name)
        source.subjectTransforms = [.init(source: configuration.filter, destination: configuration.destination)]
        ours.sources = [source]
        _ = try await stream.jetStream.createStream(ours)
    }
}
