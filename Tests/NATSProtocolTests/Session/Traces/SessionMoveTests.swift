import Testing

@testable import NATSProtocol

/// Whole moves from one connection to the next, as the driver sees them.
@Suite struct SessionMoveTests {
    private let a = makeServer("a")
    private let b = makeServer("b")

    private func makeHarness(
        _ servers: [String] = ["a", "b"], _ change: (inout SessionConfiguration) -> Void = { _ in }
    ) -> SessionHarness {
        let harness = SessionHarness(servers: servers, change)
        harness.connect()
        return harness
    }

    @Test func lameDuckIsLeftForAnotherServerWithoutAnOutage() throws {
        let harness = makeHarness()
        let plain = try harness.subscribe("plain")
        let group = try harness.subscribe("group", queueGroup: "q")
        let inbox = try harness.subscribe("_INBOX.*", isRequestInbox: true)
        let limited = try harness.subscribe("limited", queueGroup: "q")
        harness.session.unsubscribe(limited, after: 9, now: harness.now)
        _ = harness.message(limited)
        _ = harness.take()

        harness.info(#""ldm":true"#)
        #expect(harness.take() == [.report(.lameDuck(a))])
        let pause = try #require(harness.nextDeadline)
        #expect(pause.nanoseconds(since: harness.now) <= 2_000_000_000)
        harness.advanceToDeadline()
        guard case .connect(b, 2, _)? = harness.take().first else { throw Unexpected() }
        harness.handshakeOfSuccessor()
        #expect(harness.take() == [.urgent("SUB group q 2\r\nSUB _INBOX.* 3\r\nPING\r\n", generation: 2)])
        for id in [plain, group, inbox] { #expect(harness.message(id) == .deliver(index: id.index)) }
        #expect(harness.message(group, on: 2) == .deliver(index: group.index))

        harness.pong(on: 2)
        #expect(
            harness.take() == [
                .holdGate(generation: 1),
                .urgent("UNSUB 1\r\nUNSUB 2\r\nUNSUB 3\r\nUNSUB 4\r\nPING\r\n"),
            ])
        // What the old server had under way counts, too.
        #expect(harness.message(limited) == .deliver(index: limited.index))
        harness.pong()
        #expect(
            harness.take() == [
                .urgent("SUB plain 1\r\nSUB limited q 4\r\nUNSUB 4 7\r\nPING\r\n", generation: 2),
                .openGate(generation: 2), .disconnect(generation: 1, graceful: true),
            ])
        #expect(harness.status == .connected)
        harness.pong()
        let report = MoveReport(from: a, to: b, cause: .lameDuck)
        #expect(harness.take() == [.report(.moved(report)), .report(.reconnected(b))])
        #expect(harness.status == .connected)
        #expect(harness.session.currentServer == b)
        #expect(harness.message(plain) == .deliver(index: plain.index))
        #expect(harness.message(plain, on: 1) == .ignored)
        #expect(harness.hosts == ["b", "a"])
    }

    @Test func withNothingToPrepareTheOldServerIsToldAtOnce() {
        let harness = makeHarness()
        harness.beginMove()
        harness.handshakeOfSuccessor()
        #expect(harness.take() == [.holdGate(generation: 1), .urgent("PING\r\n")])
        harness.pong()
        let report = MoveReport(from: a, to: b, cause: .lameDuck)
        #expect(
            harness.take() == [
                .openGate(generation: 2), .disconnect(generation: 1, graceful: true), .report(.moved(report)),
                .report(.reconnected(b)),
            ])
    }

    @Test func fencesOfTheUserAreAnsweredByTheServerThatGotThem() {
        let harness = makeHarness()
        harness.beginMove()
        harness.session.fenceQueued(.user(1), generation: 1)
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.pong()
        #expect(harness.take() == [.fenceConfirmed(1)])
        harness.pong()
        _ = harness.take()
        harness.session.fenceQueued(.user(2), generation: 2)
        harness.session.fenceQueued(.user(3), generation: 1)
        harness.pong()
        #expect(harness.take() == [.fenceConfirmed(2)])
    }

    @Test func oldServerThatIsLostMeanwhileIsReplacedByTheSuccessorAtOnce() throws {
        let harness = makeHarness()
        let id = try harness.subscribe("s")
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.loseTransport()
        let failure = SessionFailure(.transport(.ended), server: a)
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 1, graceful: false), .report(.disconnected(failure)),
                .urgent("SUB s \(id.rawValue)\r\nPING\r\n", generation: 2), .openGate(generation: 2),
            ])
        #expect(harness.status == .reconnecting)
        harness.pong()
        #expect(harness.take() == [.report(.reconnected(b))])
    }

    @Test func oldServerThatDoesNotAnswerIsLostAtTheDeadline() {
        let harness = makeHarness()
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.advanceToDeadline()
        let failure = SessionFailure(.timedOut(.handover), server: a)
        #expect(
            harness.take().prefix(3) == [
                .closeGate(failure), .disconnect(generation: 1, graceful: false), .report(.disconnected(failure)),
            ])
        #expect(harness.session.generation == 2)
    }

    @Test func attemptOfTheMoveBecomesTheReconnectWhenTheOldServerGoes() {
        let harness = makeHarness()
        harness.beginMove()
        harness.session.transportConnected(generation: 2, now: harness.now)
        harness.loseTransport()
        let failure = SessionFailure(.transport(.ended), server: a)
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 1, graceful: false), .report(.disconnected(failure)),
            ])
        #expect(harness.session.phase.handshakeStep == .info)
        #expect(harness.session.generation == 2)
        harness.info()
        _ = harness.take()
        harness.pong()
        #expect(harness.take() == [.openGate(generation: 2), .report(.reconnected(b))])
    }

    @Test func failedAttemptsGoOnWithBackOffWhileTheOldServerLives() {
        let harness = makeHarness(["a", "b", "c"])
        harness.beginMove()
        var tried: [String] = []
        for _ in 0..<6 {
            tried.append(harness.session.successor.server?.host ?? "none")
            harness.session.transportFailed(generation: harness.successor, .refused, now: harness.now)
            #expect(harness.status == .connected)
            let actions = harness.take()
            #expect(actions.count == 2)
            harness.advanceToDeadline()
            _ = harness.take()
        }
        #expect(tried == ["b", "c", "b", "c", "b", "c"])
    }

    @Test func successorThatIsLostLateGivesEverythingBack() throws {
        let harness = makeHarness()
        let plain = try harness.subscribe("plain", confirm: true)
        let group = try harness.subscribe("group", queueGroup: "q")
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.pong(on: 2)
        _ = harness.take()
        #expect(harness.message(group, on: 2) == .deliver(index: group.index))
        harness.session.unsubscribe(group, after: 5, now: harness.now)
        harness.session.transportFailed(generation: 2, .ended, now: harness.now)
        let actions = harness.take()
        #expect(actions.first == .urgent("UNSUB \(group.rawValue) 5\r\n", generation: 2))
        #expect(harness.move == .returning)
        // The confirmation of `plain` was on its way to the old server.
        harness.pong()
        #expect(harness.take() == [.subscriptionConfirmed(plain)])
        #expect(harness.message(group) == .deliver(index: group.index))
        harness.pong()
        #expect(
            harness.take() == [
                .urgent("SUB plain 1\r\nSUB group q 2\r\nUNSUB 2 3\r\nPING\r\n"), .openGate(generation: 1),
            ])
        harness.pong()
        #expect(harness.take() == [])
        #expect(harness.status == .connected)
        #expect(harness.move == .waiting)
    }

    @Test func limitOfAGroupIsExactAcrossBothServers() throws {
        let harness = makeHarness()
        let group = try harness.subscribe("group", queueGroup: "q")
        _ = harness.message(group)
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        _ = harness.message(group, on: 2)
        _ = harness.message(group, on: 2)
        _ = harness.message(group)
        // The one that stays for longer counts: 10 in all, 2 of the other.
        harness.session.unsubscribe(group, after: 10, now: harness.now)
        #expect(harness.take() == [.ordered("UNSUB 1 8\r\n"), .urgent("UNSUB 1\r\n", generation: 2)])
        harness.pong(on: 2)
        _ = harness.take()
        harness.pong()
        #expect(harness.take().first == .urgent("SUB group q 1\r\nUNSUB 1 6\r\nPING\r\n", generation: 2))
    }

    @Test func limitReachedWithMessagesOfBothServersIsSaidToTheOneThatStillCounts() throws {
        let harness = makeHarness()
        let group = try harness.subscribe("group", queueGroup: "q")
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.session.unsubscribe(group, after: 3, now: harness.now)
        #expect(harness.take() == [.ordered("UNSUB 1 3\r\n"), .urgent("UNSUB 1\r\n", generation: 2)])
        // It was under way when the successor was told: the present server counts to 3 without it.
        _ = harness.message(group, on: 2)
        _ = harness.message(group)
        #expect(harness.message(group) == .deliverLast(index: group.index))
        #expect(harness.take() == [.ordered("UNSUB 1\r\n"), .subscriptionEnded(group, .limitReached)])
    }

    @Test func limitReachedByTheServerThatIsLeftEndsTheSubscriptionOnTheNext() throws {
        let harness = makeHarness()
        let group = try harness.subscribe("group", queueGroup: "q")
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.pong(on: 2)
        _ = harness.take()
        #expect(harness.move == .leaving)
        harness.session.unsubscribe(group, after: 2, now: harness.now)
        #expect(harness.take() == [.urgent("UNSUB 1 2\r\n", generation: 2)])
        _ = harness.message(group)
        _ = harness.message(group)
        #expect(harness.take() == [.urgent("UNSUB 1\r\n", generation: 2), .subscriptionEnded(group, .limitReached)])
    }

    @Test func groupThatDrainsDuringAMoveWaitsForBothServers() throws {
        let harness = makeHarness()
        let group = try harness.subscribe("group", queueGroup: "q")
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.session.drainSubscription(group, now: harness.now)
        #expect(
            harness.take() == [
                .ordered("UNSUB 1\r\n", fence: .drainSubscription(group)), .urgent("UNSUB 1\r\nPING\r\n", generation: 2),
            ])
        harness.pong()
        #expect(harness.take() == [])
        #expect(harness.message(group, on: 2) == .deliver(index: group.index))
        harness.pong(on: 2)
        harness.pong(on: 2)
        #expect(harness.take().last == .subscriptionEnded(group, .drained))
    }

    @Test func subscriptionMadeWhileTheGateIsHeldGoesToTheNextServerOnly() throws {
        let harness = makeHarness()
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        let id = try harness.subscribe("s", confirm: true)
        #expect(harness.take() == [])
        harness.pong()
        #expect(harness.take().first == .urgent("SUB s 1\r\nPING\r\n", generation: 2))
        harness.pong()
        #expect(harness.take().first == .subscriptionConfirmed(id))
    }

    @Test func drainDuringAMoveLosesNothingOfEitherServer() throws {
        let harness = makeHarness()
        let plain = try harness.subscribe("plain")
        let group = try harness.subscribe("group", queueGroup: "q")
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.session.drain(deadline: .seconds(140), now: harness.now)
        #expect(
            harness.take() == [
                .holdGate(generation: 1), .urgent("UNSUB 1\r\nUNSUB 2\r\nPING\r\n"),
                .ordered("UNSUB 1\r\nUNSUB 2\r\n", fence: .drainSubscriptions),
            ])
        #expect(harness.message(plain) == .deliver(index: plain.index))
        harness.pong(on: 2)
        harness.pong()
        let opened = harness.take()
        #expect(opened.first == .subscriptionEnded(plain, .drained))
        #expect(opened.contains(.openGate(generation: 2)))
        #expect(harness.message(group) == .deliver(index: group.index))
        harness.pong()
        #expect(harness.take() == [.subscriptionEnded(group, .drained), .awaitDelivery])
        harness.session.deliveryFinished(now: harness.now)
        _ = harness.take()
        harness.pong()
        #expect(harness.take().contains(.drained(.complete)))
    }

    @Test func closeBehindAHeldGateConfirmsTheLastPublishesOnTheNextServer() {
        let harness = makeHarness()
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.session.close(now: harness.now)
        #expect(harness.take() == [.ordered("", fence: .drainPublishes)])
        harness.pong()
        #expect(harness.take().contains(.openGate(generation: 2)))
        harness.pong()
        #expect(harness.take().last == .closed(nil))
    }

    @Test func closeLeavesHalfOfItsTimeToTheSuccessorOfAServerThatDoesNotAnswer() {
        let harness = makeHarness()
        harness.beginMove()
        harness.handshakeOfSuccessor()
        harness.session.close(now: harness.now)
        _ = harness.take()
        harness.advance(milliseconds: 999)
        #expect(harness.take() == [])
        harness.advance(milliseconds: 1)
        let failure = SessionFailure(.timedOut(.handover), server: a)
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 1, graceful: false), .report(.disconnected(failure)),
                .urgent("PING\r\n", generation: 2), .openGate(generation: 2),
                .ordered("", fence: .drainPublishes),
            ])
        #expect(harness.status == .closing)
        harness.pong()
        harness.pong()
        #expect(harness.take().last == .closed(nil))
    }

    @Test func reportingALameDuckCanBeAll() {
        let harness = makeHarness { $0.movesOnLameDuck = false }
        let deadline = harness.nextDeadline
        harness.info(#""ldm":true"#)
        #expect(harness.take() == [.report(.lameDuck(a))])
        #expect(harness.nextDeadline == deadline)
        // But the next server is another one.
        harness.loseTransport()
        #expect(harness.hosts.first == "b")
    }

    @Test func lameDuckWithoutAnotherServerIsKeptUntilOneIsKnown() {
        let harness = makeHarness(["a"])
        let deadline = harness.nextDeadline
        harness.info(#""ldm":true"#)
        #expect(harness.nextDeadline == deadline)
        harness.info(#""ldm":true,"connect_urls":["c:4222"]"#)
        #expect(harness.move == .waiting)
        harness.advanceToDeadline()
        #expect(harness.session.successor.server?.host == "c")
    }

    @Test func anotherAddressOfTheSameServerIsNoPlaceToGo() {
        let harness = makeHarness(["a", "b", "c"])
        harness.beginMove()
        harness.session.transportConnected(generation: 2, now: harness.now)
        harness.session.infoReceived(makeInfo(id: "S1").utf8Span.span, generation: 2, now: harness.now)
        let failure = SessionFailure(.sameServer, server: b)
        #expect(harness.take() == [.disconnect(generation: 2, graceful: false), .report(.attemptFailed(failure))])
        harness.advanceToDeadline()
        #expect(harness.session.successor.server?.host == "c")
    }

    @Test func refusalOfTheSuccessorEndsTheSubscriptionOnBoth() throws {
        let harness = makeHarness()
        let group = try harness.subscribe("group", queueGroup: "q")
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.error(#"'Permissions Violation for Subscription to "group" using queue "q"'"#, on: 2)
        let actions = harness.take()
        #expect(actions.contains(.ordered("UNSUB 1\r\n")))
        #expect(actions.contains { if case .subscriptionEnded(group, .denied) = $0 { true } else { false } })
    }

    private struct Unexpected: Error {}
}
