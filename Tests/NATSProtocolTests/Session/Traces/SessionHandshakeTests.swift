import Testing

@testable import NATSProtocol

@Suite struct SessionHandshakeTests {
    @Test func firstConnection() {
        let harness = SessionHarness()
        let a = makeServer("a")
        harness.session.start(now: harness.now)
        #expect(harness.status == .connecting)
        #expect(harness.take() == [.connect(a, generation: 1, deadline: .seconds(105))])
        harness.session.transportConnected(generation: 1, now: harness.now)
        #expect(harness.take() == [])
        harness.info()
        let sent = harness.take()
        #expect(sent.count == 1)
        #expect(sent.first?.text?.hasPrefix("CONNECT {") == true)
        #expect(sent.first?.text?.hasSuffix("}\r\nPING\r\n") == true)
        harness.session.okReceived(generation: harness.session.generation, now: harness.now)
        harness.session.pingReceived(generation: harness.session.generation, now: harness.now)
        harness.info(#""connect_urls":["b:4222"]"#)
        #expect(harness.take() == [.urgent("PONG\r\n")])
        #expect(!harness.isReady)
        harness.pong()
        #expect(harness.take() == [.openGate(generation: 1), .report(.connected(a))])
        #expect(harness.status == .connected)
    }

    @Test func unconfirmedReplayFailsAtADeadlineOfItsOwn() throws {
        let harness = SessionHarness()
        harness.connect()
        _ = try harness.subscribe("s")
        harness.loseTransport()
        harness.advanceToDeadline()
        _ = harness.take()
        harness.advance(milliseconds: 4000)
        harness.handshake()
        _ = harness.take()
        let deadline = harness.now.advanced(byNanoseconds: 5_000_000_000)
        #expect(harness.nextDeadline == deadline)
        // Bytes show that the server lives, not that it took the subscriptions.
        harness.advance(milliseconds: 3000)
        harness.session.bytesReceived(generation: harness.session.generation, now: harness.now)
        #expect(harness.take() == [])
        harness.advanceToDeadline()
        let failure = SessionFailure(.timedOut(.subscriptions), server: makeServer("a"))
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 2, graceful: false), .report(.attemptFailed(failure)),
            ])
        #expect(harness.status == .reconnecting)
    }

    @Test func confirmedReplayLeavesNoDeadlineButLiveness() throws {
        let harness = SessionHarness()
        _ = try harness.subscribe("s")
        harness.connect()
        harness.pong()
        #expect(harness.nextDeadline == .seconds(130))
    }

    @Test func connectAlwaysNamesVerboseAndPedantic() throws {
        let harness = SessionHarness { $0.name = "ingest" }
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info()
        let text = try #require(harness.take().last?.text)
        for field in [#""verbose":false"#, #""pedantic":false"#, #""name":"ingest""#, #""protocol":1"#] {
            #expect(text.contains(field))
        }
    }

    @Test func credentialsOfTheAddressWin() throws {
        var address = makeServer("a")
        address.user = "url-user"
        address.password = "url-password"
        let harness = SessionHarness(addresses: [address]) { $0.authentication = .token("option-token") }
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info()
        let text = try #require(harness.take().last?.text)
        #expect(text.contains(#""user":"url-user""#))
        #expect(text.contains(#""pass":"url-password""#))
        #expect(!text.contains("option-token"))
    }

    @Test func nonceIsSignedBeforeConnect() throws {
        let harness = SessionHarness { $0.authentication = .provided }
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        _ = harness.take()
        harness.info(#""nonce":"abc""#)
        #expect(harness.take() == [.authenticate("abc", generation: 1)])
        harness.session.authenticated(.jwt("j.w.t", signature: "sig"), generation: 0, now: harness.now)
        #expect(harness.take() == [])
        harness.session.authenticated(.jwt("j.w.t", signature: "sig"), generation: 1, now: harness.now)
        let text = try #require(harness.take().last?.text)
        #expect(text.contains(#""jwt":"j.w.t""#) && text.contains(#""sig":"sig""#))
        harness.pong()
        #expect(harness.status == .connected)
    }

    @Test func failingSignerIsAFailedAttempt() {
        let harness = SessionHarness { $0.authentication = .provided }
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info(#""nonce":"abc""#)
        _ = harness.take()
        harness.session.authenticationFailed("no seed", generation: 1, now: harness.now)
        #expect(harness.take().last == .closed(SessionFailure(.credentialsUnavailable("no seed"), server: makeServer("a"))))
    }

    @Test func tlsComesBeforeConnectWhenTheServerRequiresIt() {
        let harness = SessionHarness()
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        _ = harness.take()
        harness.info(#""tls_required":true"#)
        #expect(harness.take() == [.startTLS(serverName: "a", generation: 1)])
        harness.session.tlsEstablished(generation: 1, now: harness.now)
        #expect(harness.take().first?.text?.hasPrefix("CONNECT") == true)
    }

    @Test func tlsFirstComesBeforeInfo() {
        let harness = SessionHarness {
            $0.tlsFirst = true
            $0.tlsRequired = true
        }
        harness.session.start(now: harness.now)
        _ = harness.take()
        harness.session.transportConnected(generation: 1, now: harness.now)
        #expect(harness.take() == [.startTLS(serverName: "a", generation: 1)])
        harness.session.tlsEstablished(generation: 1, now: harness.now)
        harness.info(#""tls_required":true"#)
        #expect(harness.take().first?.text?.hasPrefix("CONNECT") == true)
    }

    @Test func credentialsNeverTravelInPlainTextAgainstTheUsersWill() {
        let harness = SessionHarness {
            $0.tlsRequired = true
            $0.authentication = .token("secret")
        }
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info()
        let actions = harness.take()
        #expect(actions.compactMap(\.text).isEmpty)
        #expect(actions.last == .closed(SessionFailure(.tlsNotOffered, server: makeServer("a"))))
    }

    @Test func plainBytesWhileTLSIsAwaitedEndTheAttempt() {
        let harness = SessionHarness()
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info(#""tls_required":true"#)
        harness.session.pingReceived(generation: harness.session.generation, now: harness.now)
        #expect(harness.take().last == .closed(SessionFailure(.bytesBeforeTLS, server: makeServer("a"))))
    }

    @Test func oneDeadlineCoversEveryStep() {
        for step in [HandshakeStep.transport, .info, .pong] {
            let harness = SessionHarness()
            harness.session.start(now: harness.now)
            harness.advance(milliseconds: 1000)
            if step != .transport { harness.session.transportConnected(generation: 1, now: harness.now) }
            harness.advance(milliseconds: 1000)
            if step == .pong { harness.info() }
            #expect(harness.nextDeadline == .seconds(105))
            harness.advanceToDeadline()
            #expect(harness.take().last == .closed(SessionFailure(.timedOut(step), server: makeServer("a"))))
        }
    }

    @Test func aTransportThatDoesntComeUpIsLeftByTheNameOfItsStep() {
        for step in [HandshakeStep.proxy, .tls, .webSocket] {
            let harness = SessionHarness()
            harness.session.start(now: harness.now)
            harness.session.transportReached(.pong, generation: 7)
            harness.session.transportReached(step, generation: 1)
            harness.advanceToDeadline()
            #expect(harness.take().last == .closed(SessionFailure(.timedOut(step), server: makeServer("a"))))
        }
    }

    @Test func textOfTheServerIsTheCauseNotTheEndOfTheConnection() {
        let harness = SessionHarness()
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info()
        harness.error("'Authorization Violation'")
        let failure = SessionFailure(.server(makeServerError("Authorization Violation")), server: makeServer("a"))
        #expect(harness.take().last == .closed(failure))
        harness.loseTransport()
        #expect(harness.take() == [])
    }

    @Test func eachServerIsTriedOnceWithoutPauseThenTheLastCauseIsTold() {
        let harness = SessionHarness(servers: ["a", "b"])
        harness.session.start(now: harness.now)
        _ = harness.take()
        harness.session.transportFailed(generation: 1, .refused, now: harness.now)
        let first = SessionFailure(.transport(.refused), server: makeServer("a"))
        #expect(
            harness.take() == [
                .disconnect(generation: 1, graceful: false), .report(.attemptFailed(first)),
                .connect(makeServer("b"), generation: 2, deadline: .seconds(105)),
            ])
        harness.session.transportFailed(generation: 2, .ended, now: harness.now)
        let second = SessionFailure(.transport(.ended), server: makeServer("b"))
        #expect(
            harness.take() == [
                .disconnect(generation: 2, graceful: false), .report(.attemptFailed(second)), .closed(second),
            ])
        #expect(harness.nextDeadline == nil)
    }

    @Test func configurationErrorFailsTheFirstConnectAtOnce() {
        let harness = SessionHarness(servers: ["a", "b"]) { $0.reconnect.retryOnFirstConnect = true }
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info()
        harness.error("'Secure Connection - TLS Required'")
        let failure = SessionFailure(
            .server(makeServerError("Secure Connection - TLS Required")), server: makeServer("a"))
        #expect(harness.take().last == .closed(failure))
    }

    @Test func echoOffNeedsAServerThatKnowsIt() {
        let harness = SessionHarness { $0.echo = false }
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        let old = #"{"server_id":"S","version":"1.0.0","proto":0,"max_payload":1}"#
        harness.session.infoReceived(old.utf8Span.span, generation: harness.session.generation, now: harness.now)
        #expect(
            harness.take().last
                == .closed(SessionFailure(.introduction(.echoNotSupported), server: makeServer("a"))))
    }

    @Test func theServerDecidesWhetherCONNECTIsTooLong() throws {
        let harness = SessionHarness { $0.authentication = .token(String(repeating: "t", count: 10_000)) }
        harness.session.start(now: harness.now)
        harness.session.transportConnected(generation: 1, now: harness.now)
        harness.info()
        guard case .sendUrgent(let frames, _)? = harness.take().last else {
            Issue.record("there is no CONNECT")
            return
        }
        #expect(frames.count > 10_000)
        harness.error("'maximum control line exceeded'")
        let failure = SessionFailure(.introduction(.exceedsControlLine), server: makeServer("a"))
        #expect(harness.take().last == .closed(failure))
        #expect(failure.description.contains("max_control_line"))
    }

    @Test func noServersIsAnError() {
        let harness = SessionHarness(servers: [])
        harness.session.start(now: harness.now)
        #expect(harness.take() == [.closed(SessionFailure(.noServers))])
    }

    @Test func subscriptionsMadeBeforeTheConnectionAreConfirmedByIt() throws {
        let harness = SessionHarness()
        let id = try harness.subscribe("early", queueGroup: "q", confirm: true)
        harness.session.start(now: harness.now)
        _ = harness.take()
        harness.handshake()
        #expect(harness.take() == [.urgent("SUB early q 1\r\nPING\r\n"), .openGate(generation: 1)])
        #expect(harness.status == .connecting)
        harness.pong()
        #expect(harness.take() == [.subscriptionConfirmed(id), .report(.connected(makeServer("a")))])
    }
}
