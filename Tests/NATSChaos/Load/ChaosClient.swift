import NATSClient
import Synchronization
import TestSupport

/// A connection of the client under test, with a proxy of its own on the way to each server, and a listener to its events.
final class ChaosClient: Sendable {
    enum Transport: String, Sendable {
        case tcp
        case tls
        case webSocket
    }

    /// Without a connection, from the loss to the restored subscriptions.
    struct Outage: Sendable {
        let start: Double
        var end: Double?
        let cause: FaultLog.Entry?
    }

    struct History: Sendable {
        var outages: [Outage] = []
        /// Events of lost connections; an outage may have several.
        var losses = 0
        var moves = 0
        var slowEpisodes = 0
        /// By the code of the error.
        var failedAttempts: [String: Int] = [:]
        var node: Int?
        var isEnding = false
        /// As the reports of lost connections say.
        var unconfirmed: UInt64 = 0
        var discarded: UInt64 = 0
    }

    let index: Int
    let name: String
    let transport: Transport
    let nats: NATSConnection
    let proxies: [CuttingProxy]
    let rows: RowBook?
    let inbound: InboundBook
    private let history = Mutex(History())
    private let listener = Mutex<Task<Void, Never>?>(nil)

    /// Connects, through the proxies.
    init(
        _ index: Int, _ name: String, _ transport: Transport, rows: RowBook?, in world: World,
        configure: (inout ConnectOptions) -> Void = { _ in }
    ) async throws {
        (self.index, self.name, self.transport, self.rows) = (index, name, transport, rows)
        let inbound = InboundBook(client: name, verdict: world.verdict)
        self.inbound = inbound
        let proxies = try world.cluster.servers.map { server in
            let port = transport == .webSocket ? server.ports?.webSocket ?? 0 : server.port
            let tap = WireTap(
                client: name, isWebSocket: transport == .webSocket, rows: rows, inbound: inbound, verdict: world.verdict)
            return try CuttingProxy(upstreamPort: port, tap: transport == .tls ? nil : tap)
        }
        self.proxies = proxies
        var options = Self.options(name, in: world)
        options.authentication = world.realm.authentication(index.isMultiple(of: 2) ? .password : .nkey)
        if transport == .tls { options.tls = world.realm.tls }
        configure(&options)
        do {
            nats = try await NATS.connect(proxies.map { Self.address($0.port, transport) }, options: options)
        } catch {
            for proxy in proxies { proxy.stop() }
            throw error
        }
        let stream = nats.events
        let task = Task { for await event in stream { note(event, in: world) } }
        listener.withLock { $0 = task }
    }

    private static func options(_ name: String, in world: World) -> ConnectOptions {
        var options = ConnectOptions()
        options.name = name
        options.eventLoop = world.loop
        options.ignoresDiscoveredServers = true
        options.pingInterval = .seconds(1)
        options.connectTimeout = .seconds(2)
        options.requestTimeout = World.requestTimeout
        options.reconnect.baseDelay = .milliseconds(20)
        options.reconnect.maximumDelay = .seconds(1)
        options.reconnect.moveJitter = .milliseconds(500)
        return options
    }

    private static func address(_ port: UInt16, _ transport: Transport) -> String {
        switch transport {
        case .tcp: "nats://127.0.0.1:\(port)"
        case .tls: "tls://localhost:\(port)"
        case .webSocket: "ws://127.0.0.1:\(port)"
        }
    }

    var past: History { history.withLock { $0 } }

    /// It has a connection that works. Bounded by the flush's deadline.
    func isWell() async -> Bool {
        guard nats.status == .connected else { return false }
        return (try? await nats.flush(timeout: .seconds(2))) != nil
    }

    /// Closes the connection, and then the proxies.
    func end() async {
        history.withLock { $0.isEnding = true }
        await nats.close()
        await listener.withLock { $0 }?.value
        for proxy in proxies { proxy.stop() }
    }

    private func note(_ event: ConnectionEvent, in world: World) {
        let now = world.clock.seconds
        let node = proxies.firstIndex { nats.connectedServer?.hasSuffix(":\($0.port)") == true }
        history.withLock { history in
            switch event {
            case .disconnected(let report):
                // Its own close, when the run is over.
                guard !history.isEnding else { return }
                history.losses += 1
                // Lost before all subscriptions were restored: the same outage goes on.
                if history.outages.last.map({ $0.end == nil }) != true {
                    let cause = world.faults.cause(of: now, client: index, node: history.node)
                    history.outages.append(Outage(start: now, cause: cause))
                }
                history.unconfirmed += report.unconfirmed
                history.discarded += report.discarded
            case .reconnected, .connected:
                history.node = node
                if let last = history.outages.indices.last, history.outages[last].end == nil {
                    history.outages[last].end = now
                }
            case .moved: history.moves += 1
            case .attemptFailed(let error): history.failedAttempts["\(error.code)", default: 0] += 1
            case .slowConsumer: history.slowEpisodes += 1
            default: break
            }
        }
        switch event {
        case .disconnected(let report):
            let cause = past.outages.last?.cause?.kind.rawValue ?? "nothing"
            world.faults.note("      \(name) lost its connection (put down to \(cause)): \(report.cause)")
        case .moved(let move): world.faults.note("      \(name) moved: \(move.cause)")
        case .reconnected: world.faults.note("      \(name) is connected to n\(node.map(String.init) ?? "?")")
        case .closed(let error) where !past.isEnding:
            world.verdict.violation("\(name) closed for good: \(error.map { "\($0)" } ?? "without a cause")")
        default: break
        }
    }
}
