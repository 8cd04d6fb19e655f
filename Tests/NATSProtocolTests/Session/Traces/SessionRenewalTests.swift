import Testing

@testable import NATSProtocol

/// Credentials that end, and the hook that chooses servers.
@Suite struct SessionRenewalTests {
    private let a = makeServer("a")

    private func makeHarness(
        servers: [String] = ["a"], end: Timestamp = .seconds(1000), renewal: Timestamp = .seconds(940)
    ) -> SessionHarness {
        let harness = SessionHarness(servers: servers) {
            $0.authentication = .provided
            $0.pingIntervalNanoseconds = 0
            $0.moveJitterNanoseconds = 0
        }
        harness.session.start(now: harness.now)
        _ = harness.take()
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info(#""nonce":"n""#)
        harness.credentialsExpire(at: end, renewal: renewal, on: 1)
        harness.session.authenticated(.jwt("j", signature: "s"), generation: 1, now: harness.now)
        _ = harness.take()
        harness.pong()
        _ = harness.take()
        return harness
    }

    private func renew(_ harness: SessionHarness, end: Timestamp, renewal: Timestamp) {
        let generation = harness.successor
        harness.session.transportConnected(generation: generation, now: harness.now)
        harness.info(#""nonce":"n""#, on: generation)
        harness.credentialsExpire(at: end, renewal: renewal, on: generation)
        harness.session.authenticated(.jwt("j2", signature: "s"), generation: generation, now: harness.now)
        _ = harness.take()
    }

    @Test func freshCredentialsAreFetchedOnTheSameServerBeforeTheOldOnesEnd() {
        let harness = makeHarness(servers: ["a", "b"])
        #expect(harness.nextDeadline == .seconds(940))
        harness.advanceToDeadline()
        #expect(harness.take() == [.connect(a, generation: 2, deadline: .seconds(945))])
        renew(harness, end: .seconds(5000), renewal: .seconds(4940))
        harness.pong(on: 2)
        _ = harness.take()
        harness.pong()
        let report = MoveReport(from: a, to: a, cause: .credentialsExpire)
        #expect(harness.take().suffix(2) == [.report(.moved(report)), .report(.reconnected(a))])
        #expect(harness.nextDeadline == .seconds(4940))
    }

    @Test func credentialsThatNobodyReplacedAreAskedForAtEverShorterIntervalsUntilTheyEnd() {
        let harness = makeHarness()
        var times: [UInt64] = []
        while let deadline = harness.nextDeadline {
            times.append(deadline.nanoseconds / 1_000_000_000)
            harness.advanceToDeadline()
            #expect(harness.take().count == 1)
            renew(harness, end: .seconds(1000), renewal: .seconds(940))
            #expect(harness.successor == 0)
            #expect(harness.status == .connected)
        }
        #expect(times == [940, 970, 985, 992, 996, 998, 999])
    }

    @Test func sameCredentialsAreKnownThoughTheClocksDriftApart() {
        let harness = makeHarness()
        harness.advanceToDeadline()
        _ = harness.take()
        let generation = harness.successor
        harness.session.transportConnected(generation: generation, now: harness.now)
        harness.info(#""nonce":"n""#, on: generation)
        harness.credentialsExpire(
            at: .milliseconds(1_000_003), renewal: .milliseconds(940_003), claimedSeconds: 1000, on: generation)
        #expect(harness.successor == 0)
        #expect(harness.move == .resting)
    }

    @Test func shortLivesDoNotLoop() {
        let harness = makeHarness(end: .seconds(108), renewal: .seconds(90))
        #expect(harness.nextDeadline == .seconds(104))
    }

    @Test func endedCredentialsAreTheServersMatter() {
        let harness = makeHarness(end: .seconds(50), renewal: .seconds(40))
        #expect(harness.nextDeadline == nil)
        harness.error("'User Authentication Expired'")
        harness.loseTransport()
        #expect(harness.status == .reconnecting)
    }

    // MARK: - The hook

    @Test func hookChoosesServerAndPauseEvenFromOutside() throws {
        let harness = SessionHarness(servers: ["a", "b", "c"]) { $0.choosesServers = true }
        harness.connect()
        harness.loseTransport()
        let request = try #require(harness.take().compactMap(\.choice).first)
        #expect(request.proposedServer.host == "b")
        #expect(request.candidates.map(\.server.host) == ["b", "c", "a"])
        #expect(request.failure?.reason == .transport(.ended))
        harness.session.serverChosen(
            number: request.number, server: makeServer("x"), delayNanoseconds: 7_000_000_000, now: harness.now)
        #expect(harness.nextDeadline == .seconds(107))
        harness.advanceToDeadline()
        #expect(harness.take() == [.connect(makeServer("x"), generation: 2, deadline: .seconds(112))])
        #expect(harness.hosts.count == 3)
        harness.session.transportFailed(generation: 2, .refused, now: harness.now)
        let next = try #require(harness.take().compactMap(\.choice).first)
        // Too late, and for another question.
        harness.session.serverChosen(number: request.number, server: makeServer("y"), delayNanoseconds: 0, now: harness.now)
        harness.session.serverChosen(number: next.number, server: makeServer("c"), delayNanoseconds: nil, now: harness.now)
        harness.advanceToDeadline()
        #expect(harness.session.currentServer?.host == "c")
    }

    @Test func hookChoosesWhereAMoveGoes() throws {
        let harness = SessionHarness(servers: ["a", "b", "c"]) { $0.choosesServers = true }
        harness.connect()
        harness.session.reconnect(now: harness.now)
        let request = try #require(harness.take().compactMap(\.choice).first)
        #expect(request.move == .requested)
        harness.session.serverChosen(number: request.number, server: makeServer("c"), delayNanoseconds: 0, now: harness.now)
        harness.session.deadlineReached(now: harness.now)
        #expect(harness.session.successor.server?.host == "c")
    }

    // MARK: - The first connect

    @Test func firstConnectIsTriedForSoLongAndThenFailsWithItsCause() {
        let harness = SessionHarness {
            $0.reconnect.retryOnFirstConnect = true
            $0.reconnect.firstConnectNanoseconds = 3_000_000_000
        }
        harness.session.start(now: harness.now)
        var last: SessionAction?
        while harness.now < .seconds(200), last == nil {
            harness.session.transportFailed(generation: harness.session.generation, .refused, now: harness.now)
            harness.advanceToDeadline()
            last = harness.take().last { if case .closed = $0 { true } else { false } }
        }
        #expect(last == .closed(SessionFailure(.transport(.refused), server: a)))
        #expect(harness.now == .seconds(103))
    }

    @Test func firstConnectThatSucceedsForgetsItsLimit() {
        let harness = SessionHarness {
            $0.reconnect.retryOnFirstConnect = true
            $0.reconnect.firstConnectNanoseconds = 3_000_000_000
            $0.pingIntervalNanoseconds = 0
        }
        harness.connect()
        #expect(harness.nextDeadline == nil)
    }
}

extension SessionAction {
    fileprivate var choice: ServerChoiceRequest? { if case .chooseServer(let request) = self { request } else { nil } }
}
