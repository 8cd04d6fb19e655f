import NATSClient
import NATSStores
import TestSupport
import Testing

/// Runs `body` beside a real server with JetStream, and a connection to it.
func withJetStream(
    _ backend: Backend, _ serverOptions: NATSServerOptions = NATSServerOptions(), within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Bench, JetStream) async throws -> Void
) async throws {
    var serverOptions = serverOptions
    serverOptions.isJetStreamEnabled = true
    try await withBench(backend, serverOptions, within: limit, sourceLocation: sourceLocation) { bench in
        try await body(bench, bench.connect().jetStream())
    }
}

/// Runs `body` beside a cluster of three servers with JetStream that has chosen its leader, and a connection to it.
func withJetStreamCluster(
    _ backend: Backend, _ serverOptions: NATSServerOptions = NATSServerOptions(), within limit: Duration = .seconds(240),
    configure: (_ index: Int, inout NATSServerOptions) -> Void = { _, _ in },
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Bench, NATSCluster, JetStream) async throws -> Void
) async throws {
    var serverOptions = serverOptions
    serverOptions.isJetStreamEnabled = true
    try await withClusterBench(
        backend, serverOptions, configure: configure, within: limit, sourceLocation: sourceLocation
    ) { bench, cluster in
        let js = try await bench.connect(cluster.urls).jetStream()
        try await js.awaitCluster(of: cluster.servers.count)
        try await body(bench, cluster, js)
    }
}

extension JetStream {
    /// Waits until so many servers take replicas: a cluster that was just started has no leader at first.
    func awaitCluster(of count: Int) async throws {
        try await eventually("JetStream's cluster has formed", within: .seconds(60)) {
            var configuration = StreamConfiguration(name: "PROBE", subjects: ["probe"])
            configuration.replicas = count
            configuration.storage = .memory
            do {
                try await createStream(configuration).delete()
                return true
            } catch is NATSError {
                return false
            }
        }
    }
}

/// Expects that the JetStream API refuses what `body` does, with this code.
func expectRefusal<Value>(
    _ code: JetStreamError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
) async throws {
    do {
        _ = try await body()
        Issue.record("it wasn't refused", sourceLocation: sourceLocation)
    } catch let error as NATSError where error.code == .jetStreamRefused {
        #expect(error.jetStream?.code == code, "\(error)", sourceLocation: sourceLocation)
    }
}
