import NATSClient
import Reactor
import TestSupport
import Testing

/// Make before break, on real servers: no outage is reported, nothing fenced is lost, nothing comes twice.
@Suite("Moving to another connection") struct MoveTests {
    @Test("every publish is fenced and arrives once, however often the connection moves", arguments: Backend.tested)
    func publishes(_ backend: Backend) async throws {
        let tally = Tally(500_000)
        try await withClusterBench(backend) { bench, cluster in
            let observer = try await bench.connect(cluster[2].url) { $0.ignoresDiscoveredServers = true }
            try await observer.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            try await cluster.awaitInterest(in: "n", of: cluster[2])
            let nats = try await bench.connect(cluster.urls)
            let log = EventLog(nats)
            let publisher = NumberPublisher(nats, "n", limit: 500_000)
            try await move(nats, log, times: 6)
            let count = try await publisher.stop()
            try await nats.flush()
            #expect(nats.statistics.publishesFenced == UInt64(count))
            #expect(nats.statistics.publishesLostUnknown == 0)
            #expect(log.matching { $0.disconnectReport }.isEmpty)
            #expect(Set(log.matching { $0.newStatus }) == [.connected])
            try await eventually("all arrived", within: .seconds(30)) { tally.arrived == count }
            #expect(tally.duplicates == 0)
        }
    }

    @Test("a queue group gets every message once while its member moves", arguments: Backend.tested)
    func queueGroup(_ backend: Backend) async throws {
        let tally = Tally(200_000)
        try await withBench(backend) { bench in
            let nats = try await bench.connect()
            let log = EventLog(nats)
            try await nats.subscribe("work", queueGroup: "q") { view in tally.add(Int(view.string) ?? -1) }
            let publisher = NumberPublisher(try await bench.connect(), "work", limit: 200_000, isPaced: true)
            try await move(nats, log, times: 8)
            let count = try await publisher.stop()
            #expect(count > 0)
            try await eventually("all arrived", within: .seconds(30)) { tally.arrived == count }
            #expect(tally.duplicates == 0)
            #expect(log.matching { $0.disconnectReport }.isEmpty)
        }
    }

    @Test("in a cluster, too: what is routed to the member's old place is sent on", arguments: Backend.tested)
    func queueGroupInACluster(_ backend: Backend) async throws {
        let tally = Tally(200_000)
        try await withClusterBench(backend) { bench, cluster in
            let nats = try await bench.connect(cluster.urls)
            let log = EventLog(nats)
            try await nats.subscribe("work", queueGroup: "q") { view in tally.add(Int(view.string) ?? -1) }
            let other = try await bench.connect(cluster[2].url) { $0.ignoresDiscoveredServers = true }
            if let member = cluster.server(at: nats.connectedServer) {
                try await cluster.awaitInterest(in: "work", of: member)
            }
            let publisher = NumberPublisher(other, "work", limit: 200_000, isPaced: true)
            try await move(nats, log, times: 8)
            let count = try await publisher.stop()
            #expect(count > 0)
            try await eventually("all arrived", within: .seconds(30)) { tally.arrived == count }
            #expect(tally.duplicates == 0)
        }
    }

    @Test("a plain subscription gets no message twice while it moves", arguments: Backend.tested)
    func plainSubscription(_ backend: Backend) async throws {
        let tally = Tally(200_000)
        try await withClusterBench(backend) { bench, cluster in
            let nats = try await bench.connect(cluster.urls)
            let log = EventLog(nats)
            try await nats.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            let other = try await bench.connect(cluster[2].url) { $0.ignoresDiscoveredServers = true }
            let publisher = NumberPublisher(other, "n", limit: 200_000, isPaced: true)
            try await move(nats, log, times: 6)
            let before = tally.arrived
            try await eventually("messages come") { tally.arrived > before + 100 }
            let count = try await publisher.stop()
            #expect(tally.duplicates == 0)
            #expect(tally.arrived <= count)
        }
    }

    @Test("a request in flight is answered across the move, and counted once", arguments: Backend.tested)
    func request(_ backend: Backend) async throws {
        try await withClusterBench(backend) { bench, cluster in
            let responder = try await bench.connect(cluster[2].url) { $0.ignoresDiscoveredServers = true }
            let questions = try await responder.subscribe("ask")
            try await cluster.awaitInterest(in: "ask", of: cluster[2])
            let nats = try await bench.connect("\(cluster[0].url),\(cluster[1].url)")
            let log = EventLog(nats)
            let asking = Task { try await nats.request("ask", "?", timeout: .seconds(30)) }
            let question = try await questions.required()
            try await move(nats, log, times: 2)
            try question.respond("!")
            #expect(try await asking.value.string == "!")
            #expect(nats.statistics.orphanReplies == 0)
        }
    }

    @Test("a server in lame duck mode is left before it ends, and no request fails", arguments: Backend.tested)
    func lameDuck(_ backend: Backend) async throws {
        let options = NATSServerOptions.with { $0.lameDuckGracePeriod = .seconds(20) }
        try await withClusterBench(backend, options) { bench, cluster in
            let responder = try await bench.connect(cluster[2].url) { $0.ignoresDiscoveredServers = true }
            try await responder.subscribe("ask") { view in try? view.respond(view.bytes) }
            try await cluster.awaitInterest(in: "ask", of: cluster[2])
            let nats = try await bench.connect(cluster[0].url) { $0.reconnect.moveJitter = .milliseconds(100) }
            let log = EventLog(nats)
            let requester = Requester(nats, "ask")
            try await eventually("requests are answered") { requester.answered.value > 100 }
            cluster[0].lameDuck()
            let move = try await log.first("moved", within: .seconds(45)) { $0.move }
            #expect(move.from == cluster[0].url)
            #expect(move.to != cluster[0].url)
            #expect(move.cause == .lameDuck)
            let before = requester.answered.value
            try await eventually("requests are answered") { requester.answered.value > before + 100 }
            try await requester.stop()
            #expect(requester.failures.all.isEmpty, "\(requester.failures.all)")
            #expect(log.matching { $0.disconnectReport }.isEmpty)
            cluster[0].kill()
        }
    }

    @Test("credentials are renewed before they end, without an outage", arguments: Backend.tested)
    func renewal(_ backend: Backend) async throws {
        let mode = try OperatorMode()
        let user = try NKey.generate(.user)
        let folder = try TemporaryFolder()
        let path = folder.file("user.creds")
        let tally = Tally(200_000)
        let good = try OperatorMode.credentials(jwt: mode.userJWT(user), user)
        try await withBench(backend, mode.serverOptions()) { bench in
            let observer = try await bench.connect { $0.authentication = .credentials(text: good) }
            try await observer.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            // Only now: the test may have waited for its server. The client renews after half of what remains.
            let soon = Int(WallTime.nowNanoseconds() / 1_000_000_000) + 30
            let ending = try OperatorMode.credentials(jwt: mode.userJWT(user, expiresAt: soon), user)
            try folder.write(ending, to: "user.creds")
            let nats = try await bench.connect {
                $0.authentication = .credentials(file: path)
                $0.reconnect.moveJitter = .milliseconds(1)
            }
            let log = EventLog(nats)
            try folder.write(good, to: "user.creds")
            let publisher = NumberPublisher(nats, "n", limit: 200_000, isPaced: true)
            let move = try await log.first("moved", within: .seconds(40)) { $0.move }
            #expect(move.cause == .credentialsExpire)
            let before = tally.arrived
            try await eventually("messages arrive") { tally.arrived > before + 100 }
            let count = try await publisher.stop()
            try await nats.flush()
            #expect(log.matching { $0.disconnectReport }.isEmpty)
            #expect(nats.statistics.publishesFenced == UInt64(count))
            try await eventually("all arrived", within: .seconds(30)) { tally.arrived == count }
            #expect(tally.duplicates == 0)
        }
        folder.remove()
    }

    @Test("the hook chooses where a move goes", arguments: Backend.tested)
    func hook(_ backend: Backend) async throws {
        try await withClusterBench(backend) { bench, cluster in
            let target = cluster[1].url
            let nats = try await bench.connect(cluster[0].url) {
                $0.ignoresDiscoveredServers = true
                $0.reconnect.chooseServer = { context in
                    context.move == .requested ? ReconnectChoice(server: target, delay: .zero) : nil
                }
            }
            let log = EventLog(nats)
            try await nats.reconnect()
            #expect(try await log.first("moved") { $0.move }.to == target)
            #expect(nats.connectedServer == target)
        }
    }

    private func move(_ nats: NATSConnection, _ log: EventLog, times: Int) async throws {
        for _ in 0..<times {
            let before = log.matching { $0.move }.count
            try await nats.reconnect()
            try await eventually("moved", within: .seconds(30)) { log.matching { $0.move }.count > before }
        }
    }
}
