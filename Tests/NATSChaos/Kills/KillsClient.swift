import NATSClient
import Reactor
import TestSupport

/// A connection through a proxy of its own to every node.
final class KillsClient: Sendable {
    let name: String
    let nats: NATSConnection
    private let proxies: [CuttingProxy]

    init(_ name: String, _ cluster: NATSCluster, _ loop: EventLoop) async throws {
        self.name = name
        proxies = try cluster.servers.map { try CuttingProxy(upstreamPort: $0.port) }
        var options = ConnectOptions()
        options.name = name
        options.eventLoop = loop
        options.ignoresDiscoveredServers = true
        options.pingInterval = .seconds(2)
        options.connectTimeout = .seconds(2)
        options.reconnect.baseDelay = .milliseconds(10)
        options.reconnect.maximumDelay = .milliseconds(200)
        nats = try await NATS.connect(proxies.map(\.url), options: options)
    }

    /// Cuts it now, or behind some bytes of the next connection, too.
    func cut(_ chance: Int) {
        let effect: CuttingProxy.Effect = chance.isMultiple(of: 2) ? .reset : .finish
        if chance % 5 == 0 {
            let direction = CuttingProxy.Direction.allCases[chance / 10 % 2]
            for proxy in proxies { proxy.harmNext([.init(direction, afterBytes: chance / 20 % 3_000, effect)]) }
        }
        for proxy in proxies { proxy.harmAll(effect) }
    }

    func end() async {
        await nats.close()
        for proxy in proxies { proxy.stop() }
    }
}
