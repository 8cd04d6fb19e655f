import Foundation
import Synchronization
import Testing

/// A real nats-server for one test: on a free loopback port, in a folder of its own, always ended by its process id.
///
/// Made by `withNATSServer`. All calls are thread-safe; those that wait have deadlines.
package final class NATSServerProcess: Sendable {
    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    private let executable: String
    private let folder: TemporaryFolder
    private let state: Mutex<State>

    private struct State {
        var options: NATSServerOptions
        var child: ChildProcess?
        var orphanGuard: OrphanGuard?
        var ports: NATSServerPorts?
        var routes: [UInt16] = []
    }

    init(options: NATSServerOptions) throws {
        state = Mutex(State(options: options))
        executable = try NATSServerLocator.path()
        folder = try TemporaryFolder()
    }

    /// What every start is configured with.
    package var options: NATSServerOptions { state.withLock { $0.options } }

    /// The port on 127.0.0.1 of the last start.
    package var port: UInt16 { ports?.client ?? 0 }

    /// All ports of the last start; nil before it.
    package var ports: NATSServerPorts? { state.withLock { $0.ports } }

    /// `nats://127.0.0.1:port`, without credentials.
    package var url: String { "nats://127.0.0.1:\(port)" }

    /// `tls://localhost:port`: the name that the test's certificates are for.
    package var tlsURL: String { "tls://localhost:\(port)" }

    /// `ws://127.0.0.1:port`, or `wss://localhost:port` when it has TLS. Needs `options.webSocket`.
    package var webSocketURL: String {
        let port = ports?.webSocket ?? 0
        return options.webSocket?.tls == nil ? "ws://127.0.0.1:\(port)" : "wss://localhost:\(port)"
    }

    package var processID: Int32? { state.withLock { $0.child?.id } }

    package var isRunning: Bool { state.withLock { $0.child }?.isRunning ?? false }

    // MARK: Life

    /// Ends the server in its own way (SIGTERM: it closes its clients) and waits for it.
    package func stop(within limit: Duration = .seconds(30)) async throws {
        guard let child = state.withLock({ $0.child }) else { return }
        child.signal(SIGTERM)
        if try await !child.waitForEnd(within: limit) { child.killAndWait() }
        end()
    }

    /// SIGKILL: the kernel closes its sockets, nothing is said. The server can be restarted.
    package func kill() { end() }

    /// Ends the server when it runs, and starts it again with the same configuration and the same JetStream store.
    package func restart(onSamePort: Bool = true) async throws {
        try await stop()
        try await start(on: onSamePort ? ports : nil)
    }

    /// Lame duck mode: clients are told by INFO, and after a second of grace closed one by one.
    package func lameDuck() { state.withLock { $0.child }?.signal(SIGUSR2) }

    /// SIGSTOP: nothing is read, written or answered; the kernel still accepts connections and some bytes for it.
    package func freeze() { state.withLock { $0.child }?.freeze() }

    /// SIGCONT: it goes on with what has gathered.
    package func thaw() { state.withLock { $0.child }?.signal(SIGCONT) }

    /// Waits until the server has ended by itself, as it does after lame duck mode.
    package func waitForEnd(within limit: Duration = .seconds(60)) async throws {
        guard let child = state.withLock({ $0.child }) else { return }
        try await eventually("the server has ended", within: limit) { !child.isRunning }
        end()
    }

    /// Changes the configuration of the next start, and of the next `reload`.
    package func reconfigure(_ change: (inout NATSServerOptions) -> Void) { state.withLock { change(&$0.options) } }

    /// Writes a changed configuration and makes the server read it (SIGHUP); waits until it says that it did. The next start is
    /// with the unchanged one.
    package func reload(_ change: (inout NATSServerOptions) -> Void) async throws {
        var changed = options
        change(&changed)
        guard let ports else { throw StartFailure(description: "only a started server can be told to reload") }
        let routes = state.withLock { $0.routes }
        let message = "Reloaded server configuration"
        let count = logLines(containing: message).count
        try folder.write(
            changed.configuration(ports: ports, routes: routes, folder: folder.path), to: "server.conf")
        state.withLock { $0.child }?.signal(SIGHUP)
        try await eventually("the server has reloaded its configuration") {
            logLines(containing: message).count > count
        }
    }

    /// The cluster ports of the other members, for the next start.
    func setRoutes(_ routes: [UInt16]) { state.withLock { $0.routes = routes } }

    func start(on ports: NATSServerPorts? = nil) async throws {
        let ports = try ports ?? NATSServerPorts()
        let routes = state.withLock { state in
            state.ports = ports
            return state.routes
        }
        try folder.write(
            options.configuration(ports: ports, routes: routes, folder: folder.path), to: "server.conf")
        let child = try ChildProcess.spawn(
            executable, ["-c", folder.file("server.conf")], workingDirectory: folder.path,
            outputFile: folder.file("output.txt"))
        state.withLock { $0.child = child }
        let orphanGuard = try OrphanGuard(protecting: child, folder: folder.path)
        state.withLock { $0.orphanGuard = orphanGuard }
        var isReady = false
        _ = try await holds(within: .seconds(30)) {
            isReady = NATSServerPorts.areServed(by: child.id, in: folder.path)
            return isReady || !child.isRunning
        }
        guard isReady else {
            let how = child.isRunning ? "in time" : "and ended"
            end()
            throw StartFailure(description: "nats-server did not start \(how): \(lastWords)")
        }
    }

    /// The end of what it printed and logged, newest line first: a report of a failed test is often cut after few lines.
    private var lastWords: String {
        let lines = (folder.text(of: "output.txt") + "\n" + log).split(separator: "\n")
        return lines.suffix(20).reversed().joined(separator: "\n")
    }

    /// SIGKILL when it still runs; nothing of it is left but the folder.
    func end() {
        let (child, orphanGuard) = state.withLock { state in
            defer {
                state.child = nil
                state.orphanGuard = nil
            }
            return (state.child, state.orphanGuard)
        }
        child?.killAndWait()
        orphanGuard?.dismiss()
    }

    // MARK: Log and monitoring

    /// The whole log, over restarts.
    package var log: String { folder.text(of: "server.log") }

    package func logLines(containing text: String) -> [String] {
        log.split(separator: "\n").map(String.init).filter { $0.contains(text) }
    }

    /// Lines in which the server says that it couldn't understand a client: must be empty after every test.
    package var parseErrors: [String] {
        logLines(containing: "parser ERROR") + logLines(containing: "Unknown Protocol Operation")
            + logLines(containing: "maximum control line exceeded")
    }

    /// A page of the monitoring port, decoded. Needs `options.isMonitored`.
    ///
    ///     let page = try server.monitor("/connz?subs=1", as: ConnectionsPage.self)
    package func monitor<Page: Decodable>(_ path: String, as page: Page.Type) throws -> Page {
        guard options.isMonitored, let port = ports?.monitoring else {
            throw StartFailure(description: "the server was started without isMonitored")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(page, from: Data(HTTPGet.body(port: port, path: path)))
    }
}

/// Runs `body` beside a nats-server that is ended, and whose folder is removed, however `body` ends.
///
/// Only a few servers run at a time; the others wait for their turn. Servers inside this scope don't wait.
@discardableResult
package func withNATSServer<Value>(
    _ options: NATSServerOptions = NATSServerOptions(),
    _ body: (NATSServerProcess) async throws -> Value
) async throws -> Value {
    try await ServerSlots.shared.withSlot {
        let server = try NATSServerProcess(options: options)
        defer { server.end() }
        try await server.start()
        return try await body(server)
    }
}
