import NATSClient
import TestSupport
import Testing

/// Which server is tried, and what each may refuse.
@Suite("Servers of a cluster") struct ClusterPoolTests {
    @Test(
        "when all are down it tries all for ever, and what was published is sent by the first that is back",
        arguments: Backend.tested)
    func allDown(_ backend: Backend) async throws {
        try await withClusterBench(backend) { bench, cluster in
            let nats = try await bench.connect(cluster[0].url)
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            // Frozen first: none can take us, or tell us of another one's end, before its own.
            for server in cluster.servers { server.freeze() }
            for server in cluster.servers { server.kill() }
            _ = try await log.first("lost") { $0.disconnectReport }
            for number in 0..<100 { try await nats.publish("n", "\(number)") }
            // The two that were never named are tried like the first one.
            try await eventually("every server was tried three times") {
                let tried = log.matching { $0.failedAttempt?.server }
                return cluster.servers.allSatisfy { server in tried.count { $0 == server.url } >= 3 }
            }
            #expect(nats.status == .reconnecting)
            #expect(log.matching { $0.failedAttempt }.allSatisfy { $0.isRetryable })
            for server in cluster.servers { try await server.restart() }
            _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
            #expect(try await subscription.strings(100) == (0..<100).map(String.init))
            try await nats.flush()
            #expect(nats.statistics.publishesFenced == 100)
        }
    }

    @Test("ignored servers are never tried", arguments: Backend.tested)
    func ignored(_ backend: Backend) async throws {
        try await withClusterBench(backend, of: 2) { bench, cluster in
            let nats = try await bench.connect(cluster[0].url) { $0.ignoresDiscoveredServers = true }
            let log = EventLog(nats)
            cluster[0].kill()
            try await eventually("several attempts") { log.matching { $0.failedAttempt }.count >= 5 }
            #expect(Set(log.matching { $0.failedAttempt?.server }) == [cluster[0].url])
            try await cluster[0].restart()
            _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
            #expect(nats.connectedServer == cluster[0].url)
            #expect(log.matching { if case .discoveredServers = $0 { () } else { nil } }.isEmpty)
        }
    }

    @Test("a member that joins later is an event, and is used", arguments: Backend.tested)
    func joins(_ backend: Backend) async throws {
        try await withClusterBench(backend, of: 2) { bench, cluster in
            cluster[1].kill()
            try await cluster.settle()
            let nats = try await bench.connect(cluster[0].url)
            let log = EventLog(nats)
            try await cluster[1].restart()
            let found = try await log.first("discovered") { event -> [String]? in
                if case .discoveredServers(let servers) = event { servers } else { nil }
            }
            #expect(found == [cluster[1].url])
            cluster[0].kill()
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            #expect(nats.connectedServer == cluster[1].url)
        }
    }

    @Test("a server that comes back on its port as another one is recognised", arguments: Backend.tested)
    func otherServer(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            let first = try #require(nats.serverInfo?.serverID)
            try await bench.server.restart()
            _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
            #expect(nats.serverInfo?.serverID != first)
            #expect(nats.connectedServer == bench.server.url)
            try await nats.publish("n", "x")
            #expect(try await subscription.required().string == "x")
        }
    }

    @Test("a member that refuses our credentials is passed over, with an event", arguments: Backend.tested)
    func refusedByOne(_ backend: Backend) async throws {
        try await withClusterBench(
            backend,
            configure: { index, options in
                options.user = "ann"
                options.password = index == 1 ? "other" : "secret"
            }
        ) { bench, cluster in
            let nats = try await bench.connect(cluster.urls) {
                $0.keepsServerOrder = true
                $0.authentication = .user("ann", password: "secret")
            }
            let log = EventLog(nats)
            cluster[0].kill()
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            #expect(nats.connectedServer == cluster[2].url)
            let refusals = log.matching { $0.failedAttempt }.filter { $0.code == .authenticationFailed }
            #expect(refusals.map(\.server) == [cluster[1].url])
        }
    }

    @Test("credentials in the address of the seed are used for discovered servers", arguments: Backend.tested)
    func credentialsOfTheSeed(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.user = "ann"
            $0.password = "secret"
        }
        try await withClusterBench(backend, of: 2, options) { bench, cluster in
            let nats = try await bench.connect("nats://ann:secret@127.0.0.1:\(cluster[0].port)")
            let log = EventLog(nats)
            cluster[0].kill()
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            #expect(nats.connectedServer == cluster[1].url)
            #expect(log.matching { $0.failedAttempt }.allSatisfy { $0.code != .authenticationFailed })
        }
    }

    @Test("each member's own limit of payloads counts, also for what was published before", arguments: Backend.tested)
    func maximumPayload(_ backend: Backend) async throws {
        try await withClusterBench(
            backend, of: 2,
            configure: { index, options in
                options.maximumPayload = index == 0 ? 100_000 : 1_000
            }
        ) { bench, cluster in
            let nats = try await bench.connect(cluster.urls) { $0.keepsServerOrder = true }
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            try await nats.publish("n", pattern(2_000))
            #expect(try await subscription.required().payload.count == 2_000)
            cluster[1].freeze()
            cluster[0].kill()
            _ = try await log.first("lost") { $0.disconnectReport }
            // Fits the limit that is known, and not that of the server which comes next.
            try await nats.publish("n", "before")
            try await nats.publish("n", pattern(2_000))
            try await nats.publish("n", "behind")
            cluster[1].thaw()
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            await expectError(.payloadTooLarge) { try await nats.publish("n", pattern(2_000)) }
            try await nats.publish("n", "after")
            #expect(try await subscription.strings(3) == ["before", "behind", "after"])
            try await nats.flush()
            #expect(nats.statistics.publishesDiscarded == 1)
            #expect(log.matching { $0.disconnectReport }.count == 1)
        }
    }
}
