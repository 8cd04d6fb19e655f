import Testing

/// Several nats-servers that know each other, all routes on loopback.
///
/// Made by `withNATSCluster`. Each member keeps its ports over a restart, and finds the others again.
package final class NATSCluster: Sendable {
    package let servers: [NATSServerProcess]

    init(_ servers: [NATSServerProcess]) { self.servers = servers }

    package subscript(_ index: Int) -> NATSServerProcess { servers[index] }

    /// The clients' addresses of all members, separated by commas.
    package var urls: String { servers.map(\.url).joined(separator: ",") }

    /// The member that listens at this address, by its port.
    package func server(at url: String?) -> NATSServerProcess? {
        let port = url?.split(separator: ":").last.flatMap { UInt16($0) }
        return servers.first { $0.port == port || $0.ports?.webSocket == port }
    }

    /// Every member but this one.
    package func others(than server: NATSServerProcess) -> [NATSServerProcess] { servers.filter { $0 !== server } }

    private var running: [NATSServerProcess] { servers.filter(\.isRunning) }

    /// Waits until each running member has a route to every other one, and tells its clients of exactly those.
    package func settle(within limit: Duration = .seconds(30)) async throws {
        try await eventually("the cluster has formed", within: limit) {
            let running = running
            return running.allSatisfy { server in
                let remotes = Set(Self.routes(of: server).map(\.remoteId))
                guard remotes.count == running.count - 1 else { return false }
                guard server.options.cluster?.isAdvertised == true, running.count > 1 else { return true }
                let told = (try? server.monitor("/varz", as: ServerPage.self))?.connectUrls ?? []
                return told.count == running.count
            }
        }
    }

    /// Waits until every running member but `server` knows that a client of `server` subscribes to this subject.
    ///
    /// A server confirms a subscription as soon as itself knows it.
    package func awaitInterest(in subject: String, of server: NATSServerProcess) async throws {
        try await eventually("the cluster knows the interest in \(subject)") {
            others(than: server).filter(\.isRunning).allSatisfy { other in
                Self.routes(of: other).contains { route in
                    route.remoteName == server.options.name && route.subscriptionsList?.contains(subject) == true
                }
            }
        }
    }

    private static func routes(of server: NATSServerProcess) -> [RoutesPage.Route] {
        (try? server.monitor("/routez?subs=1", as: RoutesPage.self))?.routes ?? []
    }
}

/// Runs `body` beside a cluster of nats-servers (`n0`, `n1` …), all monitored, that are ended however `body` ends.
///
/// Takes as many of the slots of `withNATSServer` as it has members.
///
///     try await withNATSCluster(of: 3) { cluster in
///         cluster[0].kill()                       // also stop(), lameDuck(), freeze(), reload { … }
///         try await cluster[0].restart()
///         try await cluster.settle()
///     }
///
/// - Parameter configure: what is different in one of them, by its index.
@discardableResult
package func withNATSCluster<Value>(
    of count: Int = 3, _ options: NATSServerOptions = NATSServerOptions(),
    configure: (_ index: Int, inout NATSServerOptions) -> Void = { _, _ in },
    _ body: (NATSCluster) async throws -> Value
) async throws -> Value {
    try await ServerSlots.shared.withSlots(count) {
        let servers = try (0..<count).map { index in
            var options = options
            options.name = "n\(index)"
            options.isMonitored = true
            options.cluster = options.cluster ?? .init()
            configure(index, &options)
            return try NATSServerProcess(options: options)
        }
        defer { for server in servers { server.end() } }
        var routes: [UInt16] = []
        for server in servers {
            // JetStream takes the routes that are configured at the first start for the size of the cluster. Nobody listens on these
            // ports, where the others' aren't known yet.
            let unknown = options.isJetStreamEnabled ? count - 1 - routes.count : 0
            server.setRoutes(routes + (0..<max(unknown, 0)).map { UInt16($0 + 1) })
            try await server.start()
            routes += [server.ports?.cluster].compactMap { $0 }
        }
        for server in servers { server.setRoutes(routes.filter { $0 != server.ports?.cluster }) }
        let cluster = NATSCluster(servers)
        try await cluster.settle()
        return try await body(cluster)
    }
}
