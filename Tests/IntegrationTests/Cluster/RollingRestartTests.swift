import NATSClient
import TestSupport
import Testing

/// Each member in turn goes into lame duck mode, ends, and comes back, while everybody is at work. Pain point P35.
@Suite("Rolling restart") struct RollingRestartTests {
    @Test(
        "no fenced message is lost or doubled, every request ends clearly, and everybody is served afterwards",
        arguments: Backend.tested)
    func underLoad(_ backend: Backend) async throws {
        let options = NATSServerOptions.with { $0.lameDuckGracePeriod = .milliseconds(300) }
        let tally = Tally(2_000_000)
        try await withClusterBench(backend, options) { bench, cluster in
            // On every member: a listener, a responder; and on the first one, who publishes and asks.
            let load = try await RollingLoad(bench, cluster, tally)
            for server in cluster.servers {
                server.lameDuck()
                try await server.waitForEnd()
                try await load.proceeds()
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
    private let everybody: [NATSConnection]
    private let log: EventLog
    private let publisher: NumberPublisher
    private let requester: Requester
    private let tally: Tally

    init(_ bench: Bench, _ cluster: NATSCluster, _ tally: Tally) async throws {
        self.tally = tally
        var everybody: [NATSConnection] = []
        for server in cluster.servers {
            let responder = try await bench.connect(server.url)
            try await responder.subscribe("ask", queueGroup: "g") { view in try? view.respond(view.bytes) }
            everybody.append(responder)
        }
        let observer = try await bench.connect(cluster[2].url)
        try await observer.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
        try await cluster.awaitInterest(in: "n", of: cluster[2])
        nats = try await bench.connect(cluster[0].url) { $0.requestTimeout = .seconds(1) }
        self.everybody = everybody + [observer]
        log = EventLog(nats)
        publisher = NumberPublisher(nats, "n", limit: 2_000_000, isPaced: true)
        requester = Requester(nats, "ask")
    }

    /// Waits until messages arrive and requests are answered again.
    func proceeds() async throws {
        let (arrived, answered) = (tally.arrived, requester.answered.value)
        try await eventually("the load proceeds", within: .seconds(30)) {
            tally.arrived > arrived + 100 && requester.answered.value > answered + 10
        }
    }

    func finish() async throws {
        let total = try await publisher.stop()
        try await requester.stop()
        try await nats.flush()
        let statistics = nats.statistics
        #expect(statistics.isBalanced)
        #expect(statistics.publishesPending == 0)
        #expect(statistics.publishesDiscarded == 0)
        #expect(tally.duplicates == 0)
        #expect(requester.failures.all.filter { !$0.isRetryable }.isEmpty, "\(requester.failures.all)")
        #expect(log.matching { $0.lameDuckServer }.count >= 1)
        #expect(total > 0)
        for connection in everybody { #expect(connection.status == .connected) }
    }
}
