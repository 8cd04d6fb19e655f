import NATSClient
import TestSupport
import Testing

/// The network between us and one member drops everything, and nobody closes anything. Pain point P3.
@Suite("Partition") struct PartitionTests {
    private static let interval = Duration.milliseconds(250)

    @Test("a black hole is noticed while publishing at full speed, and what was fenced is exact", arguments: Backend.tested)
    func publishing(_ backend: Backend) async throws {
        let tally = Tally(2_000_000)
        try await withClusterBench(backend) { bench, cluster in
            let observer = try await bench.connect(cluster[2].url)
            try await observer.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            try await cluster.awaitInterest(in: "n", of: cluster[2])
            try await withCuttingProxy(to: cluster[0].port) { proxy in
                let nats = try await bench.connect("\(proxy.url),\(cluster[1].url)") {
                    $0.keepsServerOrder = true
                    $0.ignoresDiscoveredServers = true
                    $0.pingInterval = Self.interval
                    $0.maximumPingsOutstanding = 2
                    $0.outbound.highWaterBytes = 256 << 10
                }
                #expect(nats.connectedServer == proxy.url)
                let log = EventLog(nats)
                let publisher = NumberPublisher(nats, "n", limit: 1_000_000)
                try await eventually("traffic flows") { tally.arrived > 2_000 }

                proxy.setPartitioned(true)
                let atPartition = nats.statistics.publishesAccepted
                let report = try await log.first("noticed", within: .seconds(30)) { $0.disconnectReport }
                #expect("\(report.cause)".contains("no longer answers"), "\(report.cause)")
                #expect(nats.statistics.publishesAccepted > atPartition)
                _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
                #expect(nats.connectedServer == cluster[1].url)
                let atMove = nats.statistics.publishesAccepted
                try await eventually("traffic flows again") { nats.statistics.publishesAccepted > atMove + 2_000 }

                // What the network still holds reaches the old server, and is not the new connection's business.
                proxy.setPartitioned(false)
                try await eventually("the old link ends") { proxy.links.first?.isClosed == true }
                let total = try await publisher.stop()
                try await nats.flush()
                let statistics = nats.statistics
                #expect(statistics.isBalanced)
                #expect(statistics.publishesAccepted == UInt64(total))
                #expect(statistics.publishesPending == 0)
                #expect(statistics.publishesDiscarded == 0)
                try await eventually("all that was fenced is there") {
                    UInt64(tally.arrived) >= statistics.publishesFenced
                }
                #expect(tally.duplicates == 0)
            }
        }
    }

    @Test("a connection that only listens notices it, too, and hears on elsewhere", arguments: Backend.tested)
    func listening(_ backend: Backend) async throws {
        try await withClusterBench(backend, of: 2) { bench, cluster in
            try await withCuttingProxy(to: cluster[0].port) { proxy in
                let nats = try await bench.connect("\(proxy.url),\(cluster[1].url)") {
                    $0.keepsServerOrder = true
                    $0.ignoresDiscoveredServers = true
                    $0.pingInterval = Self.interval
                }
                let log = EventLog(nats)
                let subscription = try await nats.subscribe("n")
                proxy.setPartitioned(true)
                let report = try await log.first("noticed", within: .seconds(30)) { $0.disconnectReport }
                #expect("\(report.cause)".contains("no longer answers"), "\(report.cause)")
                _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
                let publisher = try await bench.connect(cluster[1].url)
                try await publisher.publish("n", "x")
                #expect(try await subscription.required().string == "x")
            }
        }
    }

    @Test("while the only server can't be reached, attempts time out; after the heal one succeeds", arguments: Backend.tested)
    func onlyServer(_ backend: Backend) async throws {
        try await withBench(backend) { bench in
            try await withCuttingProxy(to: bench.server.port) { proxy in
                let nats = try await bench.connect(proxy.url) {
                    $0.pingInterval = Self.interval
                    $0.connectTimeout = Self.interval
                    $0.reconnect.retriesFirstConnect = true
                }
                let log = EventLog(nats)
                let subscription = try await nats.subscribe("n")
                proxy.setPartitioned(true)
                _ = try await log.first("noticed", within: .seconds(30)) { $0.disconnectReport }
                try await nats.publish("n", "kept")
                let error = try await log.first("an attempt fails", within: .seconds(30)) { $0.failedAttempt }
                #expect(error.code == .timedOut)
                proxy.setPartitioned(false)
                _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
                #expect(try await subscription.required().string == "kept")
            }
        }
    }

    @Test("a server whose process stands still is left as well", arguments: Backend.tested)
    func frozen(_ backend: Backend) async throws {
        try await withClusterBench(backend, of: 2) { bench, cluster in
            let nats = try await bench.connect(cluster.urls) {
                $0.keepsServerOrder = true
                $0.pingInterval = Self.interval
            }
            let log = EventLog(nats)
            cluster[0].freeze()
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            #expect(nats.connectedServer == cluster[1].url)
            try await nats.flush()
            cluster[0].thaw()
        }
    }
}
