import NATSClient
import Reactor
import Synchronization
import TestSupport
import Testing

typealias Backend = EventLoop.Configuration.Backend

extension EventLoop.Configuration.Backend {
    /// Every test runs on each of them.
    static var tested: [Backend] {
        #if IOUring
        [.epoll, .ioUring]
        #else
        [.epoll]
        #endif
    }
}

/// Servers, an event loop of its own, and any number of connections on it, all gone at the end of the test.
final class Bench: Sendable {
    /// The first server, and mostly the only one.
    let server: NATSServerProcess
    private let servers: [NATSServerProcess]
    let loop: EventLoop
    /// The test speaks another protocol to a server, which says then that it doesn't understand.
    private let expectsParseErrors: Bool
    private let connections = Mutex<[NATSConnection]>([])

    init(servers: [NATSServerProcess], loop: EventLoop, expectsParseErrors: Bool = false) throws {
        server = try #require(servers.first)
        self.servers = servers
        self.loop = loop
        self.expectsParseErrors = expectsParseErrors
    }

    /// Connects to the bench's server unless `urls` says otherwise.
    func connect(
        _ urls: String? = nil, _ configure: (inout ConnectOptions) -> Void = { _ in }
    ) async throws -> NATSConnection {
        let connection = try await NATS.connect(urls ?? server.url, options: options(configure))
        connections.withLock { $0.append(connection) }
        return connection
    }

    /// Options with short reconnect pauses, on the bench's loop.
    func options(_ configure: (inout ConnectOptions) -> Void = { _ in }) -> ConnectOptions {
        var options = ConnectOptions()
        options.eventLoop = loop
        options.requestTimeout *= Patience.factor
        options.drainTimeout *= Patience.factor
        options.reconnect.baseDelay = .milliseconds(5)
        options.reconnect.maximumDelay = .milliseconds(50)
        configure(&options)
        return options
    }

    /// What must hold after every test, whatever it did.
    func finish(sourceLocation: SourceLocation) async throws {
        for connection in connections.withLock({ $0 }) {
            await connection.close()
            let statistics = connection.statistics
            #expect(statistics.waitingCalls == 0, "a call still waits", sourceLocation: sourceLocation)
            #expect(statistics.publishesPending == 0, sourceLocation: sourceLocation)
            #expect(statistics.isBalanced, "\(statistics)", sourceLocation: sourceLocation)
        }
        connections.withLock { $0 = [] }
        try await eventually("no stream is open", sourceLocation: sourceLocation) { loop.statistics.openStreams == 0 }
        guard !expectsParseErrors else { return }
        for server in servers { #expect(server.parseErrors == [], sourceLocation: sourceLocation) }
    }
}

extension ConnectionStatistics {
    /// The identity that holds at every moment.
    var isBalanced: Bool {
        publishesAccepted
            == publishesFenced + publishesUnconfirmed + publishesLostUnknown + publishesDiscarded + publishesPending
    }
}

/// Runs `body` beside a real server, under a deadline, with an event loop that is shut down and joined at the end.
func withBench(
    _ backend: Backend, _ serverOptions: NATSServerOptions = NATSServerOptions(),
    within limit: Duration = .seconds(60), expectsParseErrors: Bool = false, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Bench) async throws -> Void
) async throws {
    try await withNATSServer(serverOptions) { server in
        try await withDeadline(limit, "the test", sourceLocation: sourceLocation) {
            try await withEventLoop(backend) { loop in
                let bench = try Bench(servers: [server], loop: loop, expectsParseErrors: expectsParseErrors)
                try await body(bench)
                try await bench.finish(sourceLocation: sourceLocation)
            }
        }
    }
}

/// As `withBench`, beside a cluster. The bench's own server is the first member.
func withClusterBench(
    _ backend: Backend, of count: Int = 3, _ serverOptions: NATSServerOptions = NATSServerOptions(),
    configure: (_ index: Int, inout NATSServerOptions) -> Void = { _, _ in },
    within limit: Duration = .seconds(120), sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Bench, NATSCluster) async throws -> Void
) async throws {
    try await withNATSCluster(of: count, serverOptions, configure: configure) { cluster in
        try await withDeadline(limit, "the test", sourceLocation: sourceLocation) {
            try await withEventLoop(backend) { loop in
                let bench = try Bench(servers: cluster.servers, loop: loop)
                try await body(bench, cluster)
                try await bench.finish(sourceLocation: sourceLocation)
            }
        }
    }
}

/// Runs `body` with an event loop whose thread has ended afterwards.
func withEventLoop<Value>(_ backend: Backend, _ body: (EventLoop) async throws -> Value) async throws -> Value {
    let loop = EventLoop(configuration: EventLoop.Configuration(backend: backend, name: "test-reactor"))
    defer {
        loop.shutdown()
        loop.join()
    }
    return try await body(loop)
}
