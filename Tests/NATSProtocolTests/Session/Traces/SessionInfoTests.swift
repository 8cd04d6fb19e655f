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
