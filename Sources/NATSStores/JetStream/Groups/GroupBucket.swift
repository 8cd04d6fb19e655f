import NATSClient
internal import NATSProtocol

/// The key-value bucket in which the configurations of all groups of a kind stand, one key for each: `<stream>.<group>`. A bucket
/// is a stream (ADR-8); no more of it is known here than what that takes.
struct GroupBucket: Sendable {
    let jetStream: JetStream
    let kind: PartitionedGroup.Kind

    private var name: String { "\(kind)-consumer-groups" }
    private var streamName: String { "KV_\(name)" }

    func subject(_ stream: String, _ group: String) -> String { "$KV.\(name).\(stream).\(group)" }

    var stream: JetStream.Stream {
        get throws(NATSError) { try jetStream.unverifiedStream(streamName) }
    }

    /// Makes it, if it isn't there.
    func create(replicas: Int) async throws {
        var configuration = StreamConfiguration(name: streamName, subjects: ["$KV.\(name).>"])
        configuration.replicas = replicas
        configuration.maximumMessagesPerSubject = 1
        configuration.discard = .new
        configuration.duplicateWindow = .seconds(120)
        configuration.allowsRollup = true
        configuration.deniesDelete = true
        configuration.allowsDirectGet = true
        do {
            _ = try await jetStream.createStream(configuration)
        } catch let error as NATSError where error.jetStream?.code == .streamNameExist {
            // Made by somebody else, with other bounds: as good.
        }
    }

    /// What stands there; nil when nothing does, or there is no bucket. Asked of the leader, so that it is the last that was written.
    func read(_ stream: String, _ group: String) async throws -> GroupEntry? {
        do {
            guard let stored = try await self.stream.lastMessage(on: subject(stream, group), source: .leader),
                !GroupEntry.isRemoval(stored.headers)
            else { return nil }
            return try GroupEntry(stored.payload.span, revision: stored.sequence, kind, group)
        } catch let error as NATSError where error.jetStream?.code == .streamNotFound {
            return nil
        }
    }

    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.streamWrongLastSequence` when somebody else has written behind `revision`.
    func write(_ configuration: PartitionedGroupConfiguration, _ stream: String, _ group: String, revision: UInt64?) async throws
    {
        let expectation = revision.map { PublishExpectations.lastSubjectSequence($0) } ?? []
        _ = try await jetStream.publish(subject(stream, group), configuration.json, expecting: expectation)
    }

    func remove(_ stream: String, _ group: String) async throws {
        var headers = Headers()
        headers["KV-Operation"] = "DEL"
        _ = try await jetStream.publish(subject(stream, group), headers: headers)
    }

    /// The groups of a stream, by name.
    func groups(of stream: String) async throws -> [String] {
        do {
            var names: [String] = []
            for subject in try await self.stream.subjectCounts(matching: self.subject(stream, "*")).keys.sorted() {
                guard let dot = subject.lastIndex(of: ".") else { continue }
                let group = String(subject[subject.index(after: dot)...])
                if try await read(stream, group) != nil { names.append(group) }
            }
            return names
        } catch let error as NATSError where error.jetStream?.code == .streamNotFound {
            return []
        }
    }

    /// What stands there, and from then on every change; nil when it was removed.
    func watch(_ stream: String, _ group: String) throws(NATSError) -> ConsumerMessages {
        let options = OrderedOptions(filterSubjects: [subject(stream, group)], deliverPolicy: .lastPerSubject)
        return OrderedConsumer(try self.stream, options).messages()
    }
}

/// A configuration as it stands in the bucket.
struct GroupEntry {
    let configuration: PartitionedGroupConfiguration
    let revision: UInt64

    init(_ json: Span<UInt8>, revision: UInt64, _ kind: PartitionedGroup.Kind, _ group: String) throws(NATSError) {
        do throws(JSONError) {
            configuration = try PartitionedGroupConfiguration(json: json)
        } catch {
            throw NATSError(.invalidConfiguration, "group '\(group)' can't be read: \(error)", underlying: error)
        }
        self.revision = revision
        if let defect = configuration.defect(kind) {
            throw NATSError(.invalidConfiguration, "group '\(group)' makes no sense: \(defect)")
        }
    }

    static func isRemoval(_ headers: Headers) -> Bool { headers["KV-Operation"].map { $0 == "DEL" || $0 == "PURGE" } ?? false }
}
