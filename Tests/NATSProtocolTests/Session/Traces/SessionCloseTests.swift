import Testing

@testable import NATSProtocol

@Suite struct SessionCloseTests {
    @Test func closeConfirmsTheLastPublishes() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s")
        _ = harness.take()
        harness.session.close(now: harness.now)
        harness.session.close(now: harness.now)
        #expect(harness.take() == [.ordered("", fence: .drainPublishes)])
        #expect(harness.status == .closing)
        #expect(throws: SessionRefusal.closed) { try harness.subscribe("late") }
        harness.pong()
        let cause = SessionFailure(.closedByUser, server: makeServer("a"))
        #expect(
            harness.take() == [
                .closeGate(cause), .disconnect(generation: 1, graceful: true), .report(.disconnected(cause)),
                .subscriptionEnded(id, .connectionClosed), .closed(nil),
            ])
    }

    @Test func closeDoesNotWaitLongerThanItsDeadline() {
        let harness = SessionHarness()
        harness.connect()
        harness.session.close(now: harness.now)
        #expect(harness.nextDeadline == .seconds(102))
        harness.advanceToDeadline()
        #expect(harness.take().last == .closed(nil))
    }

    @Test func closeWithoutConnectionIsImmediate() {
        let harness = SessionHarness()
        harness.session.start(now: harness.now)
        _ = harness.take()
        harness.session.close(now: harness.now)
        #expect(harness.take() == [.disconnect(generation: 1, graceful: true), .closed(nil)])
    }

    @Test func lossWhileClosingIsTheEnd() {
        let harness = SessionHarness()
        harness.connect()
        harness.session.close(now: harness.now)
        harness.loseTransport()
        #expect(harness.take().last == .closed(nil))
    }

    @Test func abortEndsAtOnce() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("s", confirm: true)
        _ = harness.take()
        harness.session.abort(now: harness.now)
        harness.session.abort(now: harness.now)
        let cause = SessionFailure(.closedByUser, server: makeServer("a"))
        #expect(
            harness.take() == [
                .closeGate(cause), .disconnect(generation: 1, graceful: false), .report(.disconnected(cause)),
                .subscriptionEnded(id, .connectionClosed), .closed(nil),
            ])
    }

    @Test func sessionThatNeverBeganCanBeClosed() {
        let harness = SessionHarness()
        harness.session.close(now: harness.now)
        #expect(harness.take() == [.closed(nil)])
        harness.session.start(now: harness.now)
        #expect(harness.take() == [])
    }

    @Test func closeAfterTheLastFenceOfADrainNeedsNoOther() throws {
        let harness = SessionHarness()
        harness.connect()
        harness.session.drain(deadline: .seconds(130), now: harness.now)
        _ = harness.take()
        harness.pong()
        harness.session.deliveryFinished(now: harness.now)
        _ = harness.take()
        harness.session.close(now: harness.now)
        #expect(harness.take() == [.drained(.interrupted(.publishes))])
        #expect(harness.nextDeadline == .seconds(102))
        harness.pong()
        #expect(harness.take().last == .closed(nil))
    }
}
