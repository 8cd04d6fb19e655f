#if WebSocketCompression
import NATSClient
import TestSupport
import Testing

/// `permessage-deflate` against the real server.
@Suite("WebSocket compression") struct WebSocketCompressionTests {
    /// The server, and its port for WebSocket behind a proxy that counts.
    private static func run(
        _ backend: Backend, _ options: NATSServerOptions = .with { $0.webSocket = .init(isCompressed: true) },
        isCapturing: Bool = false, _ body: @escaping @Sendable (Bench, NATSConnection, CuttingProxy) async throws -> Void
    ) async throws {
        try await withBench(backend, options) { bench in
            try await withCuttingProxy(to: bench.server.ports?.webSocket ?? 0, isCapturing: isCapturing) { proxy in
                let nats = try await bench.connect("ws://127.0.0.1:\(proxy.port)") { $0.webSocket.compression = true }
                try await body(bench, nats, proxy)
            }
        }
    }

    @Test("every size arrives whole, in both directions, with TLS and without", arguments: Backend.tested, [false, true])
    func sizes(_ backend: Backend, _ isEncrypted: Bool) async throws {
        let certificates = try TestCertificates.shared.get()
        let options = NATSServerOptions.with {
            let tls = isEncrypted ? NATSServerOptions.TLS(certificates.server) : nil
            $0.webSocket = .init(tls: tls, isCompressed: true)
        }
        try await withBench(backend, options) { bench in
            let nats = try await bench.connect(bench.server.webSocketURL) {
                $0.webSocket.compression = true
                if isEncrypted { $0.tls = TLSConfiguration(trustRoots: .file(certificates.authority.certificate)) }
            }
            let payloads = [0, 1, 40, 63, 64, 65, 1000, 4096, 65_400, 65_536, 70_000, 200_000, (1 << 20) - 60]
                .flatMap { [Payloads.text($0), Payloads.noise($0)] }
            let subscription = try await nats.subscribe("echo")
            for payload in payloads {
                try await nats.publish("echo", payload, headers: ["Size": "\(payload.count)"])
            }
            for payload in payloads {
                let message = try #require(try await subscription.next(timeout: .seconds(20)))
                #expect(message.payload.elementsEqual(payload), "\(payload.count) bytes")
                #expect(message.header("Size") == "\(payload.count)")
            }
            #expect(nats.statistics.reconnects == 0)
        }
    }

    @Test("what can be compressed is, on both ways", arguments: Backend.tested)
    func shrinks(_ backend: Backend) async throws {
        try await Self.run(backend) { bench, nats, proxy in
            let subscription = try await nats.subscribe("lines")
            let payload = Payloads.text(2000)
            for _ in 0..<500 { try await nats.publish("lines", payload) }
            for _ in 0..<500 { #expect(try await subscription.next()?.payload.count == 2000) }
            let link = try #require(proxy.links.first)
            let statistics = nats.statistics
            #expect(statistics.bytesWritten > 1_000_000 && statistics.bytesReceived > 1_000_000)
            #expect(try #require(link.forwarded[.clientToServer]) < 200_000)
            #expect(try #require(link.forwarded[.serverToClient]) < 500_000)
        }
    }

    @Test("what can't be compressed isn't made larger, and small messages travel as they are", arguments: Backend.tested)
    func doesNotGrow(_ backend: Backend) async throws {
        try await Self.run(backend, isCapturing: true) { bench, nats, proxy in
            for _ in 0..<20 { try await nats.publish("noise", Payloads.noise(100_000)) }
            try await nats.flush()
            let link = try #require(proxy.links.first)
            let sent = try #require(link.forwarded[.clientToServer])
            // Headers of frames, and the request of the upgrade.
            #expect(sent < Int(nats.statistics.bytesWritten) + 20_000)
        }
    }

    @Test("a server that doesn't compress gets and sends plain messages", arguments: Backend.tested)
    func declined(_ backend: Backend) async throws {
        let plain = NATSServerOptions.with { $0.webSocket = .init(isCompressed: false) }
        try await Self.run(backend, plain, isCapturing: true) { bench, nats, proxy in
            let subscription = try await nats.subscribe("lines")
            let payload = Payloads.text(2000)
            try await nats.publish("lines", payload)
            #expect(try await subscription.next()?.payload.elementsEqual(payload) == true)
            let link = try #require(proxy.links.first)
            let request = String(decoding: try #require(link.captured[.clientToServer]).prefix(1000), as: UTF8.self)
            #expect(request.contains("permessage-deflate; server_no_context_takeover; client_no_context_takeover"))
            let received = try #require(link.captured[.serverToClient])
            #expect(String(decoding: received, as: UTF8.self).contains(String(decoding: payload, as: UTF8.self)))
        }
    }

    /// The server refuses a compressed message that holds more than `max_payload`, lines included.
    @Test("a small max_payload doesn't cost the connection", arguments: Backend.tested)
    func smallMaximumPayload(_ backend: Backend) async throws {
        let small = NATSServerOptions.with {
            $0.webSocket = .init(isCompressed: true)
            $0.maximumPayload = 1024
        }
        try await Self.run(backend, small) { bench, nats, _ in
            let subscription = try await nats.subscribe("lines")
            let payload = Payloads.text(1024)
            for _ in 0..<200 { try await nats.publish("lines", payload) }
            for _ in 0..<200 { #expect(try await subscription.next()?.payload.elementsEqual(payload) == true) }
            #expect(nats.statistics.reconnects == 0 && nats.lastError == nil)
        }
    }

    /// The server compresses what waits for a client as one message.
    @Test("a flood of what expands a thousandfold is taken as it comes", arguments: Backend.tested)
    func expands(_ backend: Backend) async throws {
        try await Self.run(backend) { bench, nats, _ in
            let publisher = try await bench.connect()
            let received = Recorder<Int>()
            let subscription = try await nats.subscribe("zeros") { view in received.append(view.bytes.count) }
            let payload = [UInt8](repeating: 0, count: 500_000)
            for _ in 0..<40 { try await publisher.publish("zeros", payload) }
            try await publisher.flush()
            try await eventually("all have arrived") { received.count == 40 }
            #expect(received.all.allSatisfy { $0 == 500_000 })
            #expect(nats.statistics.reconnects == 0)
            subscription.unsubscribe()
        }
    }

    @Test("cut anywhere, the account stays exact and nothing comes twice", arguments: Backend.tested)
    func cut(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.webSocket = .init(isCompressed: true) }) { bench in
            let witness = try await bench.connect()
            let tally = Tally(3000)
            let heard = try await witness.subscribe("numbers") { view in
                if let number = Int(view.string.prefix { $0.isNumber }) { tally.add(number) }
            }
            let cuts = (0..<8).map { round in
                [CuttingProxy.Cut(.clientToServer, afterBytes: 700 + round * 977, round.isMultiple(of: 2) ? .finish : .reset)]
            }
            try await withCuttingProxy(to: bench.server.ports?.webSocket ?? 0, cuts: cuts) { proxy in
                let nats = try await bench.connect("ws://127.0.0.1:\(proxy.port)") {
                    $0.webSocket.compression = true
                    $0.reconnect.retriesFirstConnect = true
                }
                for number in 0..<3000 { try await nats.publish("numbers", "\(number) " + String(repeating: "x", count: 100)) }
                try await eventually("everything is fenced") {
                    try? await nats.flush(timeout: .seconds(45))
                    let statistics = nats.statistics
                    return statistics.publishesPending == 0 && statistics.publishesUnconfirmed == 0
                }
                try await witness.flush()
                let statistics = nats.statistics
                #expect(statistics.reconnects >= 1)
                #expect(tally.duplicates == 0)
                #expect(3000 - tally.arrived <= Int(statistics.publishesLostUnknown))
            }
            heard.unsubscribe()
        }
    }
}

private enum Payloads {
    static func text(_ count: Int) -> [UInt8] {
        let line = Array("sensors.hall.temperature 21.5 degrees, and nothing else happened today\n".utf8)
        return (0..<count).map { line[$0 % line.count] }
    }

    /// What no compressor makes smaller.
    static func noise(_ count: Int) -> [UInt8] {
        var state = UInt64(count) &+ 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}
#endif
