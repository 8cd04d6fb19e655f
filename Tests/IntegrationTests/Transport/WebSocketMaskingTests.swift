import NATSClient
import TestSupport
import Testing

/// `Nats-No-Masking`, which the server grants to whoever asks.
@Suite("WebSocket masking") struct WebSocketMaskingTests {
    @Test("frames are masked unless the user does without and the server agrees", arguments: Backend.tested)
    func masks(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.webSocket = .init() }) { bench in
            for masking in [ConnectOptions.WebSocket.Masking.always, .omittedIfAllowed] {
                try await withCuttingProxy(to: bench.server.ports?.webSocket ?? 0, isCapturing: true) { proxy in
                    let nats = try await bench.connect("ws://127.0.0.1:\(proxy.port)") { $0.webSocket.masking = masking }
                    let subscription = try await nats.subscribe("seen.or.not")
                    try await nats.publish("seen.or.not", "the payload")
                    #expect(try await subscription.next()?.string == "the payload")
                    await nats.close()
                    // What was captured is told for certain when the link is closed.
                    try await eventually("the link is closed") { proxy.links.first?.isClosed == true }
                    let link = try #require(proxy.links.first)
                    let sent = String(decoding: try #require(link.captured[.clientToServer]), as: UTF8.self)
                    #expect(sent.contains("Nats-No-Masking: true") == (masking == .omittedIfAllowed))
                    #expect(sent.contains("PUB seen.or.not 11\r\nthe payload\r\n") == (masking == .omittedIfAllowed))
                }
            }
        }
    }
}
