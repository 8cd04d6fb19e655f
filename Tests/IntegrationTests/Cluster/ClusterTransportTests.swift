import NATSClient
import TestSupport
import Testing

/// Members tell of each other by address; whoever goes there goes as he came.
@Suite("Clusters over TLS and WebSocket") struct ClusterTransportTests {
    @Test("the name of the seed is what certificates of discovered addresses must show", arguments: Backend.tested)
    func seedsName(_ backend: Backend) async throws {
        let certificates = try TestCertificates.shared.get()
        let options = NATSServerOptions.with { $0.tls = .init(certificates.named) }
        let trusting = TLSConfiguration(trustRoots: .file(certificates.authority.certificate))
        try await withClusterBench(backend, of: 2, options) { bench, cluster in
            // Without a name there is none to show.
            await expectError(.tlsFailed) { try await bench.connect(cluster[1].url) { $0.tls = trusting } }
            let nats = try await bench.connect(cluster[0].tlsURL) { $0.tls = trusting }
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            cluster[0].kill()
            _ = try await log.first("moved", within: .seconds(30)) { $0.isReconnected }
            #expect(nats.connectedServer == "tls://127.0.0.1:\(cluster[1].port)")
            #expect(nats.tlsDetails != nil)
            #expect(log.matching { $0.failedAttempt }.allSatisfy { $0.code == .connectFailed })
            try await nats.publish("n", "x")
            #expect(try await subscription.required().string == "x")
        }
    }

    @Test(
        "a client that came by WebSocket is told of WebSocket ports, and stays with them",
        arguments: Backend.tested, [false, true])
    func webSocket(_ backend: Backend, _ isEncrypted: Bool) async throws {
        let certificates = try TestCertificates.shared.get()
        let options = NATSServerOptions.with {
            $0.webSocket = .init(tls: isEncrypted ? .init(certificates.named) : nil)
        }
        try await withClusterBench(backend, options) { bench, cluster in
            let nats = try await bench.connect(cluster[0].webSocketURL) {
                guard isEncrypted else { return }
                $0.tls = TLSConfiguration(trustRoots: .file(certificates.authority.certificate))
            }
            let log = EventLog(nats)
            let subscription = try await nats.subscribe("n")
            for round in 1...2 {
                try #require(cluster.server(at: nats.connectedServer)).kill()
                try await eventually("moved") { log.matching { $0.isReconnected }.count == round }
                #expect(nats.connectedServer?.hasPrefix(isEncrypted ? "wss://" : "ws://") == true)
                try await nats.publish("n", "\(round)")
                #expect(try await subscription.required().string == "\(round)")
            }
            #expect(nats.connectedServer.map { $0.hasSuffix(":\(cluster[0].ports?.webSocket ?? 0)") } == false)
            #expect(log.matching { $0.failedAttempt }.allSatisfy { $0.code == .connectFailed })
        }
    }
}
