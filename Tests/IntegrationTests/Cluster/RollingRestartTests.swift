import NATSClient
import TestSupport
import Testing

/// Each member in turn goes into lame duck mode, is left by everybody, ends, and comes back, while all are at work. Pain
/// point P35.
@Suite("Rolling restart") struct RollingRestartTests {
    @Test("no request fails, no message is lost or doubled, nobody is ever disconnected", arguments: Backend.tested)
    func underLoad(_ backend: Backend) async throws {
        let options = NATSServerOptions.with { $0.lameDuckGracePeriod = .seconds(25) }
        let tally = Tally(2_000_000)
        try await withClusterBench(backend, options) { bench, cluster in
            let load = try await RollingLoad(bench, cluster, tally)
            for server in cluster.servers {
                server.lameDuck()
                try await eventually("everybody has left", within: .seconds(20)) {
                    try server.monitor("/connz", as: ConnectionsPage.self).numConnections == 0
                }
                try await load.proceeds()
                // Whatever it would say now, nobody is there to hear it.
                server.kill()
                try await server.restart()
                try await cluster.settle()
                try await load.proceeds()
            }
            try await load.finish()
        }
    }
}

/// A publisher whose numbers are tallied, and requests one after the other.
private final class RollingLoad: Sendable {
    private let nats: NATSConnection
    private let logs: [EventLog]
    private let publisher: NumberPublisher
    private let requester: Requester
    private let tally: Tally

    init(_ bench: Bench, _ cluster: NATSCluster, _ tally: Tally) async throws {
        self.tally = tally
        let quickly = { (options: inout ConnectOptions) in
            options.reconnect.moveJitter = .milliseconds(200)
            // A member that stands still on a busy machine learns late who has moved.
            options.reconnect.moveOverlap = .seconds(1)
        }
        // On each member a responder; with the last one, who counts; with the first one, who publishes and asks.
        var everybody: [NATSConnection] = []
        for server in cluster.servers {
            let responder = try await bench.connect(server.url, quickly)
            try await responder.subscribe("ask", queueGroup: "g") { view in try? view.respond(view.bytes) }
            everybody.append(responder)
        }
        let observer = try await bench.connect(cluster[2].url, quickly)
        // A member of a queue group is on both servers for a while; a plain subscription can't be, without doubling.
        try await observer.subscribe("n", queueGroup: "g") { view in tally.add(Int(view.string) ?? -1) }
        for subject in ["n", "ask"] { try await cluster.awaitInterest(in: subject, of: cluster[2]) }
        nats = try await bench.connect(cluster[0].url, quickly)
        logs = (everybody + [observer, nats]).map(EventLog.init)
        publisher = NumberPublisher(nats, "n", limit: 2_000_000, isPaced: true)
        requester = Requester(nats, "ask")
    }

    /// Waits until messages arrive and requests are answered again.
    func proceeds() async throws {
        let (arrived, answered) = (tally.arrived, requester.answered.value)
        try await eventually("the load proceeds") {
            tally.arrived > arrived + 100 && requester.answered.value > answered + 10
        }
    }

    func finish() async throws {
        let total = try await publisher.stop()
        try await requester.stop()
        #expect(requester.failures.all.isEmpty, "\(requester.failures.all)")
        try await nats.flush()
        let statistics = nats.statistics
        #expect(statistics.isBalanced)
        #expect(statistics.publishesAccepted == statistics.publishesFenced)
        for log in logs {
            #expect(log.matching { $0.disconnectReport }.isEmpty)
            #expect(log.matching { $0.lameDuckServer }.count >= 1)
        }
        try await eventually("every message is there") { tally.arrived == total }
        #expect(tally.duplicates == 0)
    }
}
