import NATSClient
import TestSupport
import Testing

/// The server that we are on dies without a word; another member takes over.
@Suite("A member of the cluster is killed") struct ClusterKillTests {
    @Test("subscriptions move to another member, with queue groups and what remains of limits", arguments: Backend.tested)
    func subscriptions(_ backend: Backend) async throws {
        try await withClusterBench(backend) { bench, cluster in
            let nats = try await bench.connect(cluster[0].url)
            let log = EventLog(nats)
            let plain = try await nats.subscribe("plain.>")
            let limited = try await nats.subscribe("limited")
            limited.unsubscribe(after: 5)
            let group = try await [nats.subscribe("q", queueGroup: "g"), nats.subscribe("q", queueGroup: "g")]
            for number in 0..<3 { try await nats.publish("limited", "\(number)") }
            try await nats.flush()

            cluster[0].kill()
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            let server = try #require(cluster.server(at: nats.connectedServer))
            #expect(server !== cluster[0])
            let page = try server.monitor("/connz?subs=1", as: ConnectionsPage.self)
            #expect(page.connections.first?.subscriptionsList?.sorted() == ["limited", "plain.>", "q", "q"])

            // From the third member, over a route.
            let other = try #require(cluster.others(than: server).first { $0.isRunning })
            let publisher = try await bench.connect(other.url)
            for subject in ["plain.>", "limited", "q"] { try await cluster.awaitInterest(in: subject, of: server) }
            for number in 3..<20 { try await publisher.publish("limited", "\(number)") }
            for number in 0..<100 { try await publisher.publish("q", "\(number)") }
            try await publisher.publish("plain.a.b", "x")
            #expect(try await plain.required().subject == "plain.a.b")
            #expect(try await limited.remainder() == (0..<5).map(String.init))
            // Shared, not doubled. The message on `plain` came behind them on the same route.
            #expect(group.reduce(0) { $0 + $1.statistics.received } == 100)
        }
    }

    @Test("the account is exact, and another member's client sees every fenced message once", arguments: Backend.tested)
    func account(_ backend: Backend) async throws {
        let tally = Tally(2_000_000)
        try await withClusterBench(backend) { bench, cluster in
            let observer = try await bench.connect(cluster[2].url)
            try await observer.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            try await cluster.awaitInterest(in: "n", of: cluster[2])
            let nats = try await bench.connect(cluster[0].url) { $0.outbound.highWaterBytes = 1 << 20 }
            let log = EventLog(nats)

            // Fenced is what a server has; it may die before it has told the others. So the fenced part is awaited.
            let fenced = 5_000
            for number in 0..<fenced { try await nats.publish("n", "\(number)") }
            try await nats.flush()
            try await eventually("the fenced part is there") { tally.arrived == fenced }

            // From here on nothing is fenced until the server is dead.
            let publisher = NumberPublisher(nats, "n", from: fenced, limit: 1_000_000)
            try await eventually("traffic flows") { tally.arrived > fenced + 2_000 }
            cluster[0].kill()
            let report = try await log.first("lost") { $0.disconnectReport }
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            let atMove = nats.statistics.publishesAccepted
            try await eventually("traffic flows again") { nats.statistics.publishesAccepted > atMove + 2_000 }
            let total = try await publisher.stop()
            try await nats.flush()

            let statistics = nats.statistics
            #expect(statistics.isBalanced)
            #expect(statistics.publishesAccepted == UInt64(total))
            #expect(statistics.publishesPending == 0)
            #expect(statistics.publishesUnconfirmed == 0)
            #expect(statistics.publishesDiscarded == 0)
            #expect(statistics.publishesLostUnknown == report.unconfirmed)
            #expect(statistics.publishesFenced == UInt64(total) - report.unconfirmed)
            let replayed = fenced + Int(report.unconfirmed)
            try await eventually("all that was fenced is there") {
                tally.arrived(in: replayed..<total) == total - replayed
            }
            #expect(tally.arrived(in: 0..<fenced) == fenced)
            #expect(tally.duplicates == 0)
        }
    }

    @Test("requests in flight are answered by the responders of other members", arguments: Backend.tested)
    func requests(_ backend: Backend) async throws {
        try await withClusterBench(backend) { bench, cluster in
            let responder = try await bench.connect(cluster[2].url)
            try await responder.subscribe("ask", queueGroup: "g") { view in try? view.respond(view.bytes) }
            try await cluster.awaitInterest(in: "ask", of: cluster[2])
            let nats = try await bench.connect(cluster[0].url) { $0.requestTimeout = .seconds(5) }
            let log = EventLog(nats)
            let requester = Requester(nats, "ask")
            try await eventually("requests are answered") { requester.answered.value > 50 }
            cluster[0].kill()
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            let before = requester.answered.value
            try await eventually("requests are answered again") { requester.answered.value > before + 50 }
            try await requester.stop()
            // One was under way; it waited for an answer that died with the server.
            #expect(requester.failures.all.filter { !$0.isRetryable }.isEmpty, "\(requester.failures.all)")
            #expect(requester.failures.count <= 1)
            #expect(nats.statistics.orphanReplies == 0)
        }
    }
}
