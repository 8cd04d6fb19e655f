import NATSClient

/// Several clients that divide a stream's messages among them by subject, so that messages which belong together are handled by one
/// client, in order, one after the other (see ``process(as:_:options:concurrency:keepAliveInterval:_:)``).
///
/// A **static** group divides a stream whose subjects begin with the number of a partition already, by its subject transform
/// (`{{Partition(8,1)}}.orders.{{Wildcard(1)}}`); who its members are is decided when it is made. An **elastic** group has a stream of
/// its own that numbers what it takes from the other, and its members may change at any time.
///
/// Several clients may run as the same member: one of them gets the messages, the others wait to take over. Each member is a
/// consumer with a pinned priority group, so server 2.11 is needed.
///
/// Layout and rules are those of the orbit libraries (`pcgroups`), with which members can be mixed.
public struct PartitionedGroup: Sendable {
    /// How members come and go.
    public enum Kind: String, Sendable, CustomStringConvertible {
        /// The members are those that it was made with.
        case `static`
        /// Members may change.
        case elastic
        /// The word.
        public var description: String { rawValue }
    }

    /// The stream that is divided.
    public let stream: JetStream.Stream
    /// Its name.
    public let name: String
    /// How its members come and go.
    public let kind: Kind

    var concerns: String { "\(kind) group '\(name)' of \(stream.concerns)" }

    var bucket: GroupBucket { GroupBucket(jetStream: stream.jetStream, kind: kind) }

    /// The stream from which members read.
    var source: JetStream.Stream {
        get throws(NATSError) {
            kind == .static ? stream : try stream.jetStream.unverifiedStream("\(stream.name)-\(name)")
        }
    }

    func consumerName(_ member: String) -> String { kind == .static ? "\(name)-\(member)" : member }

    func consumer(_ member: String) throws(NATSError) -> JetStream.Consumer {
        try source.unverifiedConsumer(consumerName(member))
    }

    /// What is written of it now.
    ///
    /// - Throws: ``NATSError/Code/groupNotFound``; ``NATSError/Code/invalidConfiguration`` when it makes no sense; what `request` throws.
    public func configuration() async throws -> PartitionedGroupConfiguration { try await entry().configuration }

    func entry() async throws -> GroupEntry {
        guard let entry = try await bucket.read(stream.name, name) else {
            throw NATSError(.groupNotFound, "there is no \(concerns)")
        }
        return entry
    }

    /// Removes the group, its members' consumers, and the stream of an elastic one. Members that run end by that.
    public func delete() async throws {
        try await bucket.remove(stream.name, name)
        guard kind == .static else { return try await stream.jetStream.deleteStream("\(stream.name)-\(name)") }
        for try await consumer in stream.consumerNames() where consumer.hasPrefix("\(name)-") {
            do {
                try await stream.deleteConsumer(consumer)
            } catch let error as NATSError where error.jetStream?.code == .consumerNotFound {
                // Its member was faster.
            }
        }
    }

    /// The members for which a client runs: of a static group those whose consumer is being asked for messages, of an elastic one
    /// those whose consumer exists.
    public func activeMembers() async throws -> [String] {
        var active: Set<String> = []
        for try await consumer in try source.consumers() where kind == .elastic || consumer.waitingRequests > 0 {
            active.insert(consumer.name)
        }
        return try await configuration().memberNames.filter { active.contains(consumerName($0)) }
    }

    /// The client that gets the messages of a member at present hands over to another one of the same member, if there is one.
    public func stepDown(_ member: String) async throws { try await consumer(member).unpin(group: member) }
}

extension NATSError.Code {
    /// There is no such partitioned group.
    public static let groupNotFound = Self("groupNotFound")
}

// MARK: - Members of elastic groups

extension PartitionedGroup {
    /// Lets more members take part. Running members give up partitions, and the new ones get them.
    ///
    /// - Throws: ``NATSError/Code/invalidOption`` for a static group, or one with assignments; as ``configuration()``.
    @discardableResult
    public func add(members: [String]) async throws -> PartitionedGroupConfiguration {
        for member in members { try APIName.check(member, "member") }
        return try await change { configuration throws(NATSError) in
            try refuseAssignments(configuration)
            configuration.members += members.filter { !configuration.members.contains($0) }
        }
    }

    /// Lets members take part no more; the others get their partitions.
    @discardableResult
    public func remove(members: [String]) async throws -> PartitionedGroupConfiguration {
        try await change { configuration throws(NATSError) in
            try refuseAssignments(configuration)
            configuration.members.removeAll { members.contains($0) }
        }
    }

    /// Says who gets what, in place of members that share evenly. Each partition must be assigned once; none at all: nobody gets
    /// anything, until members are added.
    @discardableResult
    public func assign(_ assignments: [PartitionAssignment]) async throws -> PartitionedGroupConfiguration {
        try await change { configuration throws(NATSError) in
            configuration.members = []
            configuration.assignments = assignments
        }
    }

    private func refuseAssignments(_ configuration: PartitionedGroupConfiguration) throws(NATSError) {
        guard configuration.assignments.isEmpty else {
            throw NATSError(.invalidOption, "\(concerns) has assignments: assign none before members are changed")
        }
    }

    private static var attemptsMax: Int { 5 }

    /// Reads, changes and writes what is there, anew when somebody else has written in between.
    private func change(
        _ change: (inout PartitionedGroupConfiguration) throws(NATSError) -> Void
    ) async throws -> PartitionedGroupConfiguration {
        guard kind == .elastic else { throw NATSError(.invalidOption, "the members of \(concerns) can't be changed") }
        var attempt = 1
        while true {
            let entry = try await entry()
            var configuration = entry.configuration
            try change(&configuration)
            if let defect = configuration.defect(kind) { throw NATSError(.invalidOption, "\(concerns): \(defect)") }
            do {
                try await bucket.write(configuration, stream.name, name, revision: entry.revision)
                return configuration
            } catch let error as NATSError where error.isWriteConflict && attempt < Self.attemptsMax {
                attempt += 1
            }
        }
    }
}

extension NATSError {
    /// Somebody else has written first.
    fileprivate var isWriteConflict: Bool {
        jetStream?.code == .streamWrongLastSequence || jetStream?.code == .streamWrongLastSequenceConstant
    }
}
