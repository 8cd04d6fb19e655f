import Testing

@testable import NATSProtocol

@Suite struct SessionDrainTests {
    private func makeDraining() throws -> (SessionHarness, user: SubscriptionID, inbox: SubscriptionID) {
        let harness = SessionHarness()
        harness.connect()
        let user = try harness.subscribe("s")
        let inbox = try harness.subscribe("_INBOX.x.*", isRequestInbox: true)
        _ = harness.take()
        harness.session.drain(deadline: .seconds(130), now: harness.now)
        return (harness, user, inbox)
    }

    @Test func wholeDrain() throws {
        let (harness, user, inbox) = try makeDraining()
        #expect(harness.take() == [.ordered("UNSUB 1\r\n", fence: .drainSubscriptions)])
        #expect(harness.status == .drainingSubscriptions)
        #expect(harness.status.acceptsPublishes)
        #expect(throws: SessionRefusal.draining) { try harness.subscribe("late") }
        #expect(harness.message(user) == .deliver(index: user.index))
        harness.session.drain(deadline: .seconds(1), now: harness.now)
        #expect(harness.take() == [])

        harness.pong()
        #expect(harness.take() == [.subscriptionEnded(user, .drained), .awaitDelivery])
        #expect(harness.message(inbox) == .deliver(index: inbox.index))

        harness.session.deliveryFinished(now: harness.now)
        #expect(harness.take() == [.ordered("", fence: .drainPublishes)])
        #expect(harness.status == .drainingPublishes)
        #expect(!harness.status.acceptsPublishes)

        harness.pong()
        let cause = SessionFailure(.closedByUser, server: makeServer("a"))
        #expect(
            harness.take() == [
                .closeGate(cause), .disconnect(generation: 1, graceful: true), .report(.disconnected(cause)),
                .subscriptionEnded(inbox, .drained), .drained(.complete), .closed(nil),
            ])
        #expect(harness.status == .closed)
        #expect(harness.nextDeadline == nil)
    }

    @Test func theInboxOfTheFirstRequestIsStillTaken() throws {
        let harness = SessionHarness()
        harness.connect()
        let user = try harness.subscribe("s")
        _ = harness.take()
        harness.session.drain(deadline: .seconds(130), now: harness.now)
        let inbox = try harness.subscribe("_INBOX.x.*", isRequestInbox: true)
        #expect(
            harness.take() == [
                .ordered("UNSUB 1\r\n", fence: .drainSubscriptions), .ordered("SUB _INBOX.x.* 2\r\n", fence: nil),
            ])
        harness.pong()
        #expect(harness.take() == [.subscriptionEnded(user, .drained), .awaitDelivery])
        #expect(harness.message(inbox) == .deliver(index: inbox.index))
        harness.session.deliveryFinished(now: harness.now)
        #expect(throws: SessionRefusal.draining) { try harness.subscribe("_INBOX.y.*", isRequestInbox: true) }
    }

    @Test func deadlineNamesThePhase() throws {
        for phase in [DrainPhase.subscriptions, .delivery, .publishes] {
            let (harness, _, _) = try makeDraining()
            _ = harness.take()
            if phase != .subscriptions { harness.pong() }
            if phase == .publishes { harness.session.deliveryFinished(now: harness.now) }
            _ = harness.take()
            harness.now = .seconds(130)
            harness.session.deadlineReached(now: harness.now)
            #expect(harness.take().suffix(2) == [.drained(.timedOut(phase)), .closed(nil)])
        }
    }

    @Test func withoutConnectionThereIsNothingToDrain() throws {
        let harness = SessionHarness()
        let id = try harness.subscribe("s")
        harness.session.drain(deadline: .seconds(130), now: harness.now)
        #expect(
            harness.take() == [.subscriptionEnded(id, .connectionClosed), .drained(.notConnected), .closed(nil)])
    }

    @Test func lossOnTheWayEndsTheDrainHonestly() throws {
        let (harness, user, inbox) = try makeDraining()
        _ = harness.take()
        harness.loseTransport()
        let failure = SessionFailure(.transport(.ended), server: makeServer("a"))
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 1, graceful: false), .report(.disconnected(failure)),
                .subscriptionEnded(user, .connectionClosed), .subscriptionEnded(inbox, .connectionClosed),
                .drained(.connectionLost(.subscriptions)), .closed(failure),
            ])
    }

    @Test func limitsHoldWhileDraining() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        harness.session.unsubscribe(id, after: 1, now: harness.now)
        harness.session.drain(deadline: .seconds(130), now: harness.now)
        _ = harness.take()
        #expect(harness.message(id) == .deliverLast(index: id.index))
        #expect(harness.take() == [.subscriptionEnded(id, .limitReached)])
        harness.pong()
        #expect(harness.take() == [.awaitDelivery])
    }

    @Test func closeCutsADrainShort() throws {
        let (harness, _, _) = try makeDraining()
        _ = harness.take()
        harness.session.close(now: harness.now)
        #expect(
            harness.take() == [.drained(.interrupted(.subscriptions)), .ordered("", fence: .drainPublishes)])
        #expect(harness.status == .closing)
        harness.pong()
        #expect(harness.take() == [])
        harness.pong()
        #expect(harness.take().last == .closed(nil))
    }
}
