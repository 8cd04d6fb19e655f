import Testing

@testable import NATSProtocol

@Suite struct SessionReconnectTests {
    @Test func lostConnectionIsReplacedAndEverythingIsRestored() throws {
        let harness = SessionHarness()
        let a = makeServer("a")
        harness.connect()
        let plain = try harness.subscribe("plain", queueGroup: "workers")
        let limited = try harness.subscribe("limited")
        harness.session.unsubscribe(limited, after: 5, now: harness.now)
        let ended = try harness.subscribe("ended")
        harness.session.unsubscribe(ended, after: nil, now: harness.now)
        for _ in 0..<2 { #expect(harness.message(limited) == .deliver(index: limited.index)) }
        _ = harness.take()

        harness.loseTransport()
        let failure = SessionFailure(.transport(.ended), server: a)
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 1, graceful: false), .report(.disconnected(failure)),
            ])
        #expect(harness.status == .reconnecting)
        let deadline = try #require(harness.nextDeadline)
        #expect(deadline.nanoseconds(since: harness.now) <= 100_000_000)
        harness.advanceToDeadline()
        #expect(harness.take().count == 1)
        harness.handshake()
        #expect(
            harness.take() == [
                .urgent("SUB plain workers \(plain.rawValue)\r\nSUB limited 2\r\nUNSUB 2 3\r\nPING\r\n", generation: 2),
                .openGate(generation: 2),
            ])
        #expect(harness.status == .reconnecting)
        harness.pong()
        #expect(harness.take() == [.report(.reconnected(a))])
        #expect(harness.status == .connected)
        for _ in 0..<2 { #expect(harness.message(limited) == .deliver(index: limited.index)) }
        #expect(harness.message(limited) == .deliverLast(index: limited.index))
        #expect(harness.take() == [.subscriptionEnded(limited, .limitReached)])
        #expect(harness.message(limited) == .ignored)
    }

    @Test func confirmationsSurviveTheLossAndAreGivenOnce() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s", confirm: true)
        #expect(harness.take() == [.ordered("SUB s 1\r\n", fence: .subscription(id))])
        harness.loseTransport()
        harness.advanceToDeadline()
        harness.handshake()
        _ = harness.take()
        harness.pong()
        #expect(harness.take() == [.subscriptionConfirmed(id), .report(.reconnected(makeServer("a")))])
        harness.pong()
        #expect(harness.take() == [])
    }

    @Test func oldGenerationsAreIgnored() {
        let harness = SessionHarness()
        harness.connect()
        harness.loseTransport()
        harness.session.transportFailed(generation: 1, .ended, now: harness.now)
        harness.session.transportClosed(generation: 1, now: harness.now)
        harness.advanceToDeadline()
        _ = harness.take()
        harness.session.transportFailed(generation: 1, .ended, now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        #expect(harness.take() == [])
        #expect(harness.session.phase.handshakeStep == .transport)
    }

    @Test func refusedCredentialsAreTriedForEver() {
        let harness = SessionHarness()
        harness.connect()
        harness.loseTransport()
        for _ in 0..<100 {
            harness.advanceToDeadline()
            let before = harness.now
            harness.session.transportConnected(generation: harness.session.generation, now: harness.now)
            harness.info()
            harness.error("'Authorization Violation'")
            #expect(harness.nextDeadline.map { $0.nanoseconds(since: before) <= 5_000_000_000 } == true)
            #expect(!harness.take().contains { if case .closed = $0 { true } else { false } })
        }
        harness.advanceToDeadline()
        harness.handshake()
        #expect(harness.status == .connected)
    }

    @Test func givingUpOnRepeatedRefusalsIsAnOption() {
        let harness = SessionHarness { $0.reconnect.giveUpOnRepeatedAuthenticationFailure = true }
        harness.connect()
        harness.loseTransport()
        for _ in 0..<2 {
            harness.advanceToDeadline()
            harness.session.transportConnected(generation: harness.session.generation, now: harness.now)
            harness.info()
            harness.error("'Authorization Violation'")
        }
        let failure = SessionFailure(.server(makeServerError("Authorization Violation")), server: makeServer("a"))
        #expect(harness.take().last == .closed(failure))
    }

    @Test func maximumOfAttemptsEmptiesThePool() {
        let harness = SessionHarness(servers: ["a", "b"]) { $0.reconnect.maximumAttempts = 2 }
        harness.connect()
        harness.loseTransport()
        var attempts: [String] = []
        while let deadline = harness.nextDeadline {
            #expect(deadline >= harness.now)
            harness.advanceToDeadline()
            for case .connect(let server, let generation, _) in harness.take() {
                attempts.append(server.host)
                harness.session.transportFailed(generation: generation, .refused, now: harness.now)
            }
        }
        #expect(attempts == ["b", "a", "b", "a"])
        #expect(harness.take().last == .closed(SessionFailure(.transport(.refused), server: makeServer("a"))))
    }

    @Test func withoutReconnectTheLossEndsTheSession() {
        let harness = SessionHarness { $0.reconnect.isEnabled = false }
        harness.connect()
        harness.loseTransport()
        #expect(harness.take().last == .closed(SessionFailure(.transport(.ended), server: makeServer("a"))))
    }

    @Test func firstConnectGoesOnWhenAsked() {
        let harness = SessionHarness { $0.reconnect.retryOnFirstConnect = true }
        harness.session.start(now: harness.now)
        for _ in 0..<20 {
            harness.session.transportFailed(generation: harness.session.generation, .refused, now: harness.now)
            #expect(harness.status == .connecting)
            harness.advanceToDeadline()
        }
        _ = harness.take()
        harness.handshake()
        #expect(harness.take().last == .report(.connected(makeServer("a"))))
    }

    @Test func userCanForceANewConnectionAndWakeAPause() {
        let harness = SessionHarness(servers: ["a", "b"])
        harness.connect()
        harness.session.reconnect(now: harness.now)
        #expect(harness.take() == [.connect(makeServer("b"), generation: 2, deadline: .seconds(105))])
        harness.session.reconnect(now: harness.now)
        #expect(harness.take() == [])
        #expect(harness.status == .connected)
        // It fails: the user wants another connection all the same.
        harness.session.transportFailed(generation: 2, .refused, now: harness.now)
        let refused = SessionFailure(.transport(.refused), server: makeServer("b"))
        let requested = SessionFailure(.reconnectRequested, server: makeServer("a"))
        #expect(
            harness.take() == [
                .disconnect(generation: 2, graceful: false), .report(.attemptFailed(refused)), .closeGate(requested),
                .disconnect(generation: 1, graceful: true), .report(.disconnected(requested)),
                .connect(makeServer("b"), generation: 3, deadline: .seconds(105)),
            ])
        harness.session.transportFailed(generation: 3, .refused, now: harness.now)
        _ = harness.take()
        harness.session.reconnect(now: harness.now)
        let actions = harness.take()
        #expect(actions.count == 1)
        #expect(harness.session.phase.handshakeStep == .transport)
    }

    @Test func newServersWakeAPauseAndLeaveAConnectionAlone() {
        let harness = SessionHarness()
        harness.connect()
        harness.session.setServers([makeServer("n")], now: harness.now)
        #expect(harness.take() == [])
        #expect(harness.status == .connected)
        harness.loseTransport()
        _ = harness.take()
        harness.session.setServers([makeServer("m")], now: harness.now)
        #expect(harness.take() == [.connect(makeServer("m"), generation: 2, deadline: .seconds(105))])
        harness.session.setServers([], now: harness.now)
        #expect(harness.hosts == ["m"])
    }

    @Test func reconnectInAPauseTriesTheServerThatThePauseIsFor() {
        let harness = SessionHarness(servers: ["a", "b"])
        harness.connect()
        harness.loseTransport()
        var tried: [String] = []
        for _ in 0..<4 {
            _ = harness.take()
            harness.session.reconnect(now: harness.now)
            tried.append(harness.session.currentServer?.host ?? "none")
            harness.session.transportFailed(generation: harness.session.generation, .refused, now: harness.now)
        }
        #expect(tried == ["b", "a", "b", "a"])
    }

    @Test func sameServersAgainLeaveThePauseAsItIs() {
        let harness = SessionHarness(servers: ["a", "b"])
        harness.connect()
        harness.loseTransport()
        _ = harness.take()
        let deadline = harness.nextDeadline
        harness.session.setServers([makeServer("b"), makeServer("a")], now: harness.now)
        #expect(harness.take() == [])
        #expect(harness.nextDeadline == deadline)
        harness.session.setServers([makeServer("a"), makeServer("b"), makeServer("c")], now: harness.now)
        #expect(harness.take() == [.connect(makeServer("b"), generation: 2, deadline: .seconds(105))])
    }

    @Test func protocolViolationReplacesTheConnection() {
        let harness = SessionHarness()
        harness.connect()
        let error = ProtocolError(.unknownOperation)
        harness.session.protocolViolated(error, generation: harness.session.generation, now: harness.now)
        let failure = SessionFailure(.protocolViolation(error), server: makeServer("a"))
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 1, graceful: false), .report(.disconnected(failure)),
            ])
        #expect(harness.status == .reconnecting)
    }

    @Test func connectionLostWhileRestoringCountsAsAFailedAttempt() throws {
        let harness = SessionHarness()
        harness.connect()
        _ = try harness.subscribe("s")
        harness.loseTransport()
        harness.advanceToDeadline()
        harness.handshake()
        _ = harness.take()
        harness.loseTransport()
        let failure = SessionFailure(.transport(.ended), server: makeServer("a"))
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 2, graceful: false), .report(.attemptFailed(failure)),
            ])
    }

    @Test func messagesInjectedBeforeTheServerTookUsAreForNobody() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        harness.loseTransport()
        harness.advanceToDeadline()
        let generation = harness.session.generation
        #expect(harness.message(id) == .ignored)
        harness.session.transportConnected(generation: generation, now: harness.now)
        #expect(harness.message(id) == .ignored)
        harness.info(#""tls_required":true"#)
        #expect(harness.message(id) == .ignored)
        harness.session.tlsEstablished(generation: generation, now: harness.now)
        _ = harness.take()
        harness.pong()
        #expect(harness.message(id) == .deliver(index: id.index))
    }

    @Test func urgentPingOfALostConnectionDoesNotReachTheNextLedger() {
        let harness = SessionHarness { $0.pingIntervalNanoseconds = 1_000_000_000 }
        harness.connect()
        harness.advance(milliseconds: 1000)
        harness.loseTransport()
        harness.advanceToDeadline()
        _ = harness.take()
        #expect(harness.session.link.ledger.count == 0)
    }
}
