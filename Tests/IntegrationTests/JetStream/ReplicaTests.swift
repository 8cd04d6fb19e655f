import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: leaders and replicas") struct ReplicaTests {
    @Test("leaders of a stream and a consumer give way", arguments: Backend.tested)
    func stepDown(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend) { _, _, js in
            let stream = try await js.createStream(.replicated(3))
            let consumer = try await stream.createConsumer(.init(durable: "c"))
            let first = try await stream.leader()
            try await stream.stepDownLeader()
            try await eventually("another server leads") { try await stream.leader() != first }
            let info = try await stream.info()
            #expect(info.cluster?.replicas.count == 2 && info.cluster?.name == "test" && info.cluster?.raftGroup != nil)
            #expect(info.cluster?.leaderSince != nil)
            // One of the other two is asked for by name.
            let preferred = try #require(info.cluster?.replicas.first?.name)
            try await eventually("the server that was asked for leads", within: .seconds(60)) {
                if try await stream.leader() == preferred { return true }
                try? await stream.stepDownLeader(for: Placement(preferredLeader: preferred))
                return false
            }
            let firstOfConsumer = try await consumer.leader()
            try await consumer.stepDownLeader()
            try await eventually("another server leads the consumer") { try await consumer.leader() != firstOfConsumer }
            try await expectRefusal(.clusterNoPeers) { try await stream.stepDownLeader(for: Placement(preferredLeader: "n9")) }
        }
    }

    @Test("a replica leaves a server, at once or after a move", arguments: Backend.tested)
    func moving(_ backend: Backend) async throws {
        try await withJetStreamCluster(backend) { _, _, js in
            let stream = try await js.createStream(.replicated(2))
            try await js.store("r", "kept")
            let removed = try #require(try await stream.info().cluster?.replicas.first?.name)
            try await stream.removePeer(removed)
            try await eventually("another server has the replica", within: .seconds(60)) {
                guard let cluster = try? await stream.info().cluster, cluster.leader != nil else { return false }
                return cluster.replicas.count == 1 && cluster.replicas[0].isCurrent && !cluster.servers.contains(removed)
            }
            try await expectRefusal(.clusterPeerNotMember) { try await stream.removePeer("n9") }
            let evacuated = try #require(try await stream.info().cluster?.replicas.first?.name)
            try await stream.evacuatePeer(evacuated)
            try await eventually("the replica has moved", within: .seconds(60)) {
                guard let cluster = try? await stream.info().cluster, cluster.leader != nil else { return false }
                return cluster.desired == nil && cluster.replicas.count == 1 && !cluster.servers.contains(evacuated)
            }
            #expect(try await stream.message(1)?.string == "kept")
            try await expectRefusal(.streamReconfigureNotInProgress) { try await stream.cancelMove() }
        }
    }

    @Test("on a single server there is nothing to lead", arguments: Backend.tested)
    func single(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let stream = try await js.createStream(.init(name: "A", subjects: ["a"]))
            try await expectRefusal(.clusterRequired) { try await stream.stepDownLeader() }
            try await expectRefusal(.clusterRequired) { try await stream.removePeer("n0") }
            try await expectRefusal(.clusterRequired) { try await stream.evacuatePeer("n0") }
            try await expectRefusal(.clusterRequired) { try await stream.cancelMove() }
            #expect(try await stream.info().cluster?.replicas.isEmpty != false)
        }
    }

    @Test("streams are where they are told to be, and direct gets are answered by replicas", arguments: Backend.tested)
    func placement(_ backend: Backend) async throws {
        try await withJetStreamCluster(
            backend, configure: { index, options in options.extraConfiguration = "server_tags: [\"zone:\(index)\"]" }
        ) { _, _, js in
            var configuration = StreamConfiguration.replicated(1)
            configuration.placement = Placement(cluster: "test", tags: ["zone:2"])
            configuration.allowsDirectGet = true
            let stream = try await js.createStream(configuration)
            #expect(try await stream.info().cluster?.leader == "n2")
            #expect(try await stream.info().configuration.placement == configuration.placement)
            let spread = try await stream.update {
                $0.placement = nil
                $0.replicas = 3
            }
            // Whoever leads now has to find out first.
            try await eventually("the stream takes messages", within: .seconds(60)) {
                (try? await js.store("r", "1")) != nil
            }
            try await eventually("every replica is there", within: .seconds(60)) {
                guard let cluster = try? await spread.info().cluster else { return false }
                return cluster.replicas.count == 2 && cluster.replicas.allSatisfy(\.isCurrent)
            }
            try await eventually("a replica answers") { try await spread.message(1)?.string == "1" }
            var mirror = StreamConfiguration(name: "M")
            mirror.mirror = StreamSource(name: "R")
            _ = try await js.createStream(mirror)
            try await eventually("the mirror is an alternative", within: .seconds(60)) {
                try await spread.info().alternates.map(\.name).sorted() == ["M", "R"]
            }
        }
    }

    @Test("a restore makes a stream with replicas", arguments: Backend.tested)
    func restore(_ backend: Backend) async throws {
        let folder = try TemporaryFolder()
        try await withJetStreamCluster(backend) { _, _, js in
            let stream = try await js.createStream(.replicated(3))
            for number in 1...20 { try await js.store("r", "\(number)") }
            try await stream.backUp(to: folder.path)
            try await stream.delete()
            let restored = try await js.restoreStream(from: folder.path)
            try await eventually("the stream is there with its messages", within: .seconds(60)) {
                guard let info = try? await restored.info() else { return false }
                return info.state.messages == 20 && info.cluster?.replicas.count == 2
            }
        }
    }
}

extension StreamConfiguration {
    /// A stream of this many replicas.
    fileprivate static func replicated(_ count: Int) -> StreamConfiguration {
        var configuration = StreamConfiguration(name: "R", subjects: ["r"])
        configuration.replicas = count
        return configuration
    }
}

extension ClusterInfo {
    /// All servers that have a replica.
    fileprivate var servers: [String] { replicas.map(\.name) + [leader].compactMap(\.self) }
}

extension JetStream.Stream {
    /// Who leads, once somebody does.
    fileprivate func leader() async throws -> String {
        var leader: String?
        try await eventually("the stream has a leader", within: .seconds(60)) {
            leader = try? await info().cluster?.leader
            return leader != nil
        }
        return try #require(leader)
    }
}

extension JetStream.Consumer {
    /// Who leads, once somebody does.
    fileprivate func leader() async throws -> String {
        var leader: String?
        try await eventually("the consumer has a leader", within: .seconds(60)) {
            leader = try? await info().cluster?.leader
            return leader != nil
        }
        return try #require(leader)
    }
}
