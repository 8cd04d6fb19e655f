import Testing

@testable import NATSProtocol

@Suite struct SessionInfoTests {
    @Test func newServersAreReportedOnce() {
        let harness = SessionHarness()
        harness.connect(info: #""connect_urls":["a:4222","b:4222"]"#)
        #expect(harness.hosts == ["a", "b"])
        harness.info(#""connect_urls":["a:4222","b:4222","c:4222"]"#)
        #expect(harness.take() == [.report(.discoveredServers([makeServer("c")]))])
        harness.info(#""connect_urls":["a:4222","b:4222","c:4222"]"#)
        #expect(harness.take() == [])
        harness.info(#""connect_urls":["a:4222"]"#)
        harness.info(#""connect_urls":["a:4222","c:4222"]"#)
        #expect(harness.take() == [])
        #expect(harness.hosts == ["a", "c"])
    }

    @Test func emptyListLeavesThePool() {
        let harness = SessionHarness()
        harness.connect(info: #""connect_urls":["a:4222","b:4222"]"#)
        harness.info()
        harness.info(#""connect_urls":[]"#)
        #expect(harness.hosts == ["a", "b"])
    }

    @Test func infoAfterTheFirstPongIsNoNewsOfTheCluster() {
        let harness = SessionHarness()
        harness.connect(info: #""connect_urls":["a:4222","b:4222"]"#)
        harness.info(#""connect_info":true,"client_ip":"10.0.0.1","connect_urls":["z:4222"]"#)
        #expect(harness.take() == [])
        #expect(harness.hosts == ["a", "b"])
        #expect(harness.session.serverInfo?.clientIPAddress == "10.0.0.1")
    }

    @Test func discoveryCanBeSwitchedOff() {
        let harness = SessionHarness { $0.ignoreDiscovered = true }
        harness.connect(info: #""connect_urls":["b:4222"]"#)
        harness.info(#""connect_urls":["c:4222"]"#)
        #expect(harness.take() == [])
        #expect(harness.hosts == ["a"])
    }

    @Test func everyInfoReplacesTheOneBefore() {
        let harness = SessionHarness()
        harness.connect(info: #""cluster":"c1""#)
        #expect(harness.session.serverInfo?.cluster == "c1")
        harness.info(#""cluster":"c2""#)
        #expect(harness.session.serverInfo?.cluster == "c2")
    }

    @Test func lameDuckIsToldOncePerChange() {
        let harness = SessionHarness()
        harness.connect()
        harness.info(#""ldm":true"#)
        #expect(harness.take() == [.report(.lameDuck(makeServer("a")))])
        harness.info(#""ldm":true"#)
        #expect(harness.take() == [])
        harness.info()
        harness.info(#""ldm":true"#)
        #expect(harness.take() == [.report(.lameDuck(makeServer("a")))])
    }

    @Test func unreadableInfoReplacesTheConnection() {
        let harness = SessionHarness()
        harness.connect()
        harness.session.infoReceived("{not json".utf8Span.span, generation: harness.session.generation, now: harness.now)
        #expect(harness.status == .reconnecting)
    }
}

/// What an INFO may do that came in the clear, where anybody on the way may have written it.
@Suite struct SessionClearInfoTests {
    private static let evil = #""tls_required":true,"connect_urls":["evil.example.com:4222","10.0.0.7:4222"]"#

    private func makeHarness(_ seed: String = "tls://seed.example.com") throws -> SessionHarness {
        SessionHarness(addresses: [try ServerAddress(parsing: seed)]) { $0.reconnect.retryOnFirstConnect = true }
    }

    /// From `connect` to the PONG, with TLS after the INFO.
    private func upgrade(_ harness: SessionHarness, info extra: String) {
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: harness.session.generation, now: harness.now)
        harness.info(extra)
        harness.session.tlsEstablished(generation: harness.session.generation, now: harness.now)
        _ = harness.take()
        harness.pong()
        _ = harness.take()
    }

    @Test(arguments: ["tls://seed.example.com", "nats://seed.example.com"])
    func serversNamedBeforeABrokenTLSHandshakeAreNeverTried(seed: String) throws {
        let harness = try makeHarness(seed)
        harness.session.start(now: harness.now)
        for _ in 0..<4 {
            let generation = harness.session.generation
            harness.session.transportConnected(generation: generation, now: harness.now)
            harness.info(Self.evil)
            harness.session.transportFailed(generation: generation, .ended, now: harness.now)
            harness.advanceToDeadline()
            for case .connect(let server, _, _) in harness.take() { #expect(server.host == "seed.example.com") }
        }
        #expect(harness.hosts == ["seed.example.com"])
    }

    @Test func infoThatOffersNoTLSWhereItIsRequiredTeachesNothing() throws {
        let harness = try makeHarness()
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info(#""connect_urls":["evil.example.com:4222"]"#)
        #expect(harness.hosts == ["seed.example.com"])
    }

    @Test func secondInfoInTheClearTeachesNothing() throws {
        let harness = try makeHarness()
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info(#""tls_required":true"#)
        harness.info(#""connect_urls":["evil.example.com:4222"]"#)
        #expect(harness.hosts == ["seed.example.com"])
    }

    @Test func bareNumbersAreLearntOnceTheServerTookUsUnderTLS() throws {
        let harness = try makeHarness()
        upgrade(harness, info: Self.evil)
        #expect(harness.hosts == ["seed.example.com", "10.0.0.7"])
        #expect(harness.session.servers.last?.tlsServerName == "seed.example.com")
        // What the server says under TLS counts in full.
        harness.info(#""connect_info":true,"connect_urls":["b.example.com:4222"]"#)
        #expect(harness.hosts == ["seed.example.com", "b.example.com"])
        #expect(harness.take() == [])
        harness.info(#""connect_info":true,"connect_urls":["c.example.com:4222"]"#)
        #expect(harness.hosts == ["seed.example.com", "b.example.com"])
    }

    @Test func numbersThatNoNameIsCheckedForAreNot() throws {
        let harness = try makeHarness("tls://10.0.0.1")
        upgrade(harness, info: Self.evil)
        #expect(harness.hosts == ["10.0.0.1"])
    }

    @Test func neitherLameDuckModeNorASmallMaximumPayloadComesInTheClear() throws {
        let harness = try makeHarness()
        upgrade(harness, info: #""tls_required":true,"ldm":true,"max_payload":1"#)
        #expect(harness.session.serverInfo?.isLameDuck == false)
        #expect(harness.session.serverInfo?.maximumPayloadBytes == 1 << 20)
        #expect(harness.move == .resting)
        harness.info(#""connect_info":true,"max_payload":1"#)
        #expect(harness.session.serverInfo?.maximumPayloadBytes == 1)
    }

    @Test func listUnderTLSCountsInTheHandshake() {
        let harness = SessionHarness(addresses: [makeServer("seed", scheme: .wss)])
        harness.connect(info: #""connect_urls":["b:443"]"#)
        #expect(harness.hosts == ["seed", "b"])
    }
}
