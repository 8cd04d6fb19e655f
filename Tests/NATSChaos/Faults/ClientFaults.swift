import NATSClient
import TestSupport

/// Does what the schedule says to the ways of clients, and as users do.
struct ClientFaults {
    let world: World
    let fleet: Fleet

    func strike(_ fault: Fault) async throws {
        switch fault.kind {
        case .slowConsumer:
            try await world.faults.during(.slowConsumer, client: fleet.reader.client.index) {
                fleet.reader.setSlow(true)
                defer { fleet.reader.setSlow(false) }
                try await Task.sleep(for: .milliseconds(fault.hold))
            }
        case .burst:
            let publisher = fleet.publishers[fault.choice % fleet.publishers.count]
            try await world.faults.during(.burst, client: publisher.client.index) {
                publisher.setBursting(true)
                defer { publisher.setBursting(false) }
                try await Task.sleep(for: .milliseconds(fault.hold))
            }
        default:
            let client = fleet.clients[fault.choice % fleet.clients.count]
            try await world.faults.during(fault.kind, client: client.index) { try await strike(fault, client) }
        }
    }

    private func strike(_ fault: Fault, _ client: ChaosClient) async throws {
        let chance = fault.choice / 100
        switch fault.kind {
        case .reconnect: try await client.nats.reconnect()
        case .reset: client.harm(.reset)
        case .finish: client.harm(.finish)
        case .cutAfterBytes:
            // The next connections end somewhere in the handshake, or in the traffic behind it.
            let direction = CuttingProxy.Direction.allCases[chance % 2]
            let effect: CuttingProxy.Effect = (chance / 2).isMultiple(of: 2) ? .reset : .finish
            for (index, proxy) in client.proxies.enumerated() {
                proxy.harmNext([.init(direction, afterBytes: (chance / 4 * (index + 1)) % 4_000, effect)])
            }
            client.harm(.reset)
        case .blackhole: try await hold(fault, client, .blackhole)
        case .stall: try await hold(fault, client, .stall)
        case .drip: try await hold(fault, client, .drip(chunkSize: 100, interval: .milliseconds(5)))
        case .partition:
            for proxy in client.proxies { proxy.setPartitioned(true) }
            defer { for proxy in client.proxies { proxy.setPartitioned(false) } }
            try await Task.sleep(for: .milliseconds(fault.hold))
        case .refuse:
            for proxy in client.proxies { proxy.setRefusing(true) }
            defer { for proxy in client.proxies { proxy.setRefusing(false) } }
            client.harm(.reset)
            try await Task.sleep(for: .milliseconds(fault.hold))
        default: break
        }
    }

    /// Healed by an end of all links: those that were harmed would stay as they are for ever.
    private func hold(_ fault: Fault, _ client: ChaosClient, _ effect: CuttingProxy.Effect) async throws {
        client.harm(effect)
        defer { client.harm(.reset) }
        try await Task.sleep(for: .milliseconds(fault.hold))
    }
}

extension ChaosClient {
    func harm(_ effect: CuttingProxy.Effect) { for proxy in proxies { proxy.harmAll(effect) } }

    /// Its connection goes to this server.
    func isOn(_ node: Int) -> Bool {
        nats.status == .connected && nats.connectedServer?.hasSuffix(":\(proxies[node].port)") == true
    }
}
