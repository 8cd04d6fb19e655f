import Testing

@testable import NATSProtocol

@Suite struct SessionSubscriptionTests {
    @Test func subscribeIsSentInOrderWithItsFence() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("orders.>", queueGroup: "billing", confirm: true)
        #expect(harness.take() == [.ordered("SUB orders.> billing 1\r\n", fence: .subscription(id))])
        harness.pong()
        #expect(harness.take() == [.subscriptionConfirmed(id)])
    }

    @Test func unconfirmedSubscribeHasNoFence() throws {
        let harness = SessionHarness()
        harness.connect()
        _ = try harness.subscribe("s")
        #expect(harness.take() == [.ordered("SUB s 1\r\n")])
    }

    @Test func messagesAreForTheSubscriptionFromTheMomentItExists() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        #expect(harness.message(id) == .deliver(index: id.index))
    }

    @Test func unsubscribeEndsAtOnceAndLateMessagesAreForNobody() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        _ = harness.take()
        harness.session.unsubscribe(id, after: nil, now: harness.now)
        #expect(harness.take() == [.ordered("UNSUB 1\r\n"), .subscriptionEnded(id, .unsubscribed)])
        #expect(harness.message(id) == .ignored)
        harness.session.unsubscribe(id, after: nil, now: harness.now)
        harness.session.unsubscribe(id, after: 1, now: harness.now)
        harness.session.drainSubscription(id, now: harness.now)
        #expect(harness.take() == [])
    }

    @Test(arguments: [0, 1, 2])
    func limitThatIsReachedAlreadyEndsAtOnce(limit: UInt64) throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        _ = harness.message(id)
        _ = harness.message(id)
        _ = harness.take()
        harness.session.unsubscribe(id, after: limit, now: harness.now)
        #expect(harness.take() == [.ordered("UNSUB 1\r\n"), .subscriptionEnded(id, .limitReached)])
    }

    @Test func limitOnALaterConnectionCountsAsItsServerDoes() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        for _ in 0..<3 { _ = harness.message(id) }
        harness.loseTransport()
        harness.advanceToDeadline()
        harness.handshake()
        harness.pong()
        _ = harness.take()
        _ = harness.message(id)
        harness.session.unsubscribe(id, after: 10, now: harness.now)
        #expect(harness.take() == [.ordered("UNSUB 1 7\r\n")])
    }

    @Test func limitReachedWhileDisconnectedIsNotReplayed() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        _ = harness.message(id)
        harness.loseTransport()
        _ = harness.take()
        harness.session.unsubscribe(id, after: 1, now: harness.now)
        #expect(harness.take() == [.subscriptionEnded(id, .limitReached)])
        harness.advanceToDeadline()
        _ = harness.take()
        harness.handshake()
        #expect(harness.take() == [.openGate(generation: 2), .report(.reconnected(makeServer("a")))])
    }

    @Test func drainEndsBehindTheLastMessage() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        _ = harness.take()
        harness.session.drainSubscription(id, now: harness.now)
        harness.session.drainSubscription(id, now: harness.now)
        #expect(harness.take() == [.ordered("UNSUB 1\r\n", fence: .drainSubscription(id))])
        #expect(harness.message(id) == .deliver(index: id.index))
        harness.pong()
        #expect(harness.take() == [.subscriptionEnded(id, .drained)])
    }

    @Test func drainInterruptedByALossIsNotCalledComplete() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        harness.session.drainSubscription(id, now: harness.now)
        _ = harness.take()
        harness.loseTransport()
        #expect(harness.take().contains(.subscriptionEnded(id, .connectionClosed)))
        harness.advanceToDeadline()
        _ = harness.take()
        harness.handshake()
        #expect(harness.take().compactMap(\.text) == [])
    }

    @Test func withoutConnectionADrainHasNothingToWaitFor() throws {
        let harness = SessionHarness()
        let id = try harness.subscribe("s")
        harness.session.drainSubscription(id, now: harness.now)
        #expect(harness.take() == [.subscriptionEnded(id, .drained)])
    }

    @Test func fullTableRefuses() throws {
        let harness = SessionHarness()
        harness.session.subscriptions = SubscriptionTable(slotCountMaximum: 2)
        _ = try harness.subscribe("s")
        #expect(throws: SessionRefusal.tooManySubscriptions) { try harness.subscribe("s") }
    }
}
