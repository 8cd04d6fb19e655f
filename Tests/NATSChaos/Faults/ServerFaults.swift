import NATSClient
import TestSupport

/// Does what the schedule says to the servers, one after the other: at most one is away at a time.
struct ServerFaults {
    /// Servers leave their clients in peace for ten seconds after they said that they will end.
    private static let lameDuckSecondsMax = 8.0

    let world: World
    let fleet: Fleet
    let witnesses: Witnesses

    func strike(_ fault: Fault) async throws {
        let node = fault.choice % world.cluster.servers.count
        do {
            switch fault.kind {
            case .kill, .stop, .freeze, .lameDuck:
                try await world.faults.during(fault.kind, node: node) { try await strike(fault, node) }
            case .credentials, .certificates, .permissions:
                try await world.faults.during(fault.kind) { try await reconfigure(fault) }
            default: break
            }
        } catch let error as DeadlineExceeded {
            let log = world.cluster.servers.map { $0.log.split(separator: "\n").suffix(6).joined(separator: "\n") }
            world.verdict.violation("a server doesn't follow: \(error)\n\(log.joined(separator: "\n---\n"))")
        }
    }

    private func strike(_ fault: Fault, _ node: Int) async throws {
        let server = world.cluster[node]
        switch fault.kind {
        case .kill:
            world.watch.begin()
            server.kill()
        case .stop:
            world.watch.begin()
            try await server.stop()
        case .freeze:
            server.freeze()
            defer { server.thaw() }
            return try await Task.sleep(for: .milliseconds(fault.hold))
        default:
            server.lameDuck()
            _ = try await holds(within: .seconds(Self.lameDuckSecondsMax)) { fleet.clients.allSatisfy { !$0.isOn(node) } }
            let rest = fleet.clients.filter { $0.isOn(node) }.map(\.name)
            world.faults.note("      left by all but \(rest)")
            world.watch.begin()
            server.kill()
        }
        try await Task.sleep(for: .milliseconds(fault.hold))
        try await revive(node)
    }

    private func revive(_ node: Int) async throws {
        var attempts = 0
        while true {
            do {
                try await world.cluster[node].restart()
                break
            } catch let error as NATSServerProcess.StartFailure {
                // Somebody's outgoing connection may hold its port for a moment.
                attempts += 1
                guard attempts < 10 else { throw error }
                try await Task.sleep(for: .seconds(1))
            }
        }
        let isBack = try await holds(within: .seconds(20)) { witnesses.isListening(at: node) }
        world.verdict.check(isBack, "the witness of server \(node) doesn't come back")
        world.watch.end()
        try await world.cluster.settle()
    }

    /// Changes the configuration of all servers, one after the other.
    private func reconfigure(_ fault: Fault) async throws {
        switch fault.kind {
        case .credentials: try world.realm.rotate(fault.choice.isMultiple(of: 2) ? .password : .nkey)
        case .certificates: world.realm.rotateCertificate()
        default: world.realm.togglePermissions()
        }
        for server in world.cluster.servers {
            server.reconfigure { world.realm.apply(to: &$0) }
            try await server.reload { _ in }
        }
        guard fault.kind == .certificates else { return }
        // Connections go on with what they began with.
        let name = world.realm.certificateName
        for client in fleet.clients where client.transport == .tls {
            var looks = 0
            let isNew = try await holds(within: .seconds(25)) {
                looks += 1
                if client.nats.tlsDetails?.certificate?.subject.contains(name) == true { return true }
                if looks % 50 == 1 { try await client.nats.reconnect() }
                return false
            }
            world.verdict.check(isNew, "\(client.name) has no connection with the new certificate")
        }
    }
}
