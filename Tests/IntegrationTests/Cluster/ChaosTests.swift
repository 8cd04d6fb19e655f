import NATSClient
import TestSupport
import Testing

/// One blow after the other, chosen by a seed, on a client at work. The invariants of the design hold whatever happens.
@Suite("Chaos in a cluster") struct ChaosTests {
    private static let rounds = 5

    @Test(
        "whatever happens to the member that we are on, the account is exact and nothing comes twice",
        arguments: zip(Backend.tested, [1, 2] as [UInt64]))
    func blows(_ backend: Backend, _ seed: UInt64) async throws {
        let tally = Tally(2_000_000)
        try await withClusterBench(backend) { bench, cluster in
            let proxies = try cluster.servers.map { try CuttingProxy(upstreamPort: $0.port) }
            defer { for proxy in proxies { proxy.stop() } }
            let nats = try await bench.connect(proxies.map(\.url).joined(separator: ",")) {
                $0.ignoresDiscoveredServers = true
                $0.pingInterval = .milliseconds(300)
                $0.connectTimeout = .seconds(1)
                $0.requestTimeout = .seconds(1)
                $0.reconnect.retriesFirstConnect = true
            }
            let log = EventLog(nats)
            try await nats.subscribe("n") { view in tally.add(Int(view.string) ?? -1) }
            try await nats.subscribe("ask", queueGroup: "g") { view in try? view.respond(view.bytes) }
            let limited = try await nats.subscribe("limited")
            limited.unsubscribe(after: Self.rounds + 1)
            let publisher = NumberPublisher(nats, "n", limit: 1_000_000, isPaced: true)
            let requester = Requester(nats, "ask")

            var random = SeededGenerator(seed: seed)
            for round in 1...Self.rounds {
                let index = try #require(proxies.firstIndex { $0.url == nats.connectedServer })
                let blow = Blow.allCases.randomElement(using: &random) ?? .kill
                try await blow.strike(nats, cluster[index], proxies[index])
                try await eventually("connected again after \(blow)") { log.matching { $0.isReconnected }.count >= round }
                #expect(nats.statistics.isBalanced)
                try await blow.heal(cluster[index], proxies[index])
                let (arrived, answered) = (tally.arrived, requester.answered.value)
                try await eventually("the load proceeds after \(blow)") {
                    tally.arrived > arrived && requester.answered.value > answered
                }
                try await nats.publish("limited", "\(round)")
                #expect(try await limited.required().string == "\(round)")
            }
            let total = try await publisher.stop()
            try await requester.stop()
            try await eventually("a flush succeeds") { (try? await nats.flush()) != nil }
            let statistics = nats.statistics
            #expect(statistics.isBalanced)
            #expect(statistics.publishesPending == 0)
            #expect(statistics.publishesUnconfirmed == 0)
            #expect(statistics.publishesDiscarded == 0)
            #expect(tally.duplicates == 0)
            #expect(tally.arrived <= total)
            #expect(requester.failures.all.filter { !$0.isRetryable }.isEmpty, "\(requester.failures.all)")
        }
    }
}

/// What can happen to the member that a client is on, and to the way to it.
private enum Blow: CaseIterable {
    case kill
    case stop
    case freeze
    case reset
    case finish
    case partition
    case reconnect

    func strike(_ nats: NATSConnection, _ server: NATSServerProcess, _ proxy: CuttingProxy) async throws {
        switch self {
        case .kill: server.kill()
        case .stop: try await server.stop()
        case .freeze: server.freeze()
        case .reset: proxy.harmAll(.reset)
        case .finish: proxy.harmAll(.finish)
        case .partition: proxy.setPartitioned(true)
        case .reconnect: try await nats.reconnect()
        }
    }

    func heal(_ server: NATSServerProcess, _ proxy: CuttingProxy) async throws {
        switch self {
        case .kill, .stop: try await server.restart()
        case .freeze: server.thaw()
        case .partition: proxy.setPartitioned(false)
        case .reset, .finish, .reconnect: break
        }
    }
}

/// SplitMix64.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
