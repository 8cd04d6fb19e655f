import NATSClient
import TestSupport
import Testing

/// A cluster whose members tell their WebSocket clients of each other's ports for WebSocket.
@Suite("WebSocket cluster") struct WebSocketClusterTests {
    @Test("servers that the cluster tells about are reached by WebSocket, too", arguments: Backend.tested)
    func discovers(_ backend: Backend) async throws {
        try await withClusterBench(backend, .with { $0.webSocket = .init() }) { bench, cluster in
            let nats = try await bench.connect(cluster[0].webSocketURL)
            let others = Set((1..<3).map { cluster[$0].webSocketURL })
            try await eventually("the others are known") { (nats.serverInfo?.connectURLs.count ?? 0) >= others.count }
            let subscription = try await nats.subscribe("after.the.move")
            cluster[0].kill()
            try await eventually("another one is connected") {
                nats.status == .connected && nats.connectedServer.map(others.contains) == true
            }
            try await nats.publish("after.the.move", "here")
            #expect(try await subscription.required().string == "here")
        }
    }
}
