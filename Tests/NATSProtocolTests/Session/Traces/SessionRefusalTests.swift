import Testing

@testable import NATSProtocol

/// Refusals that don't say whom they mean.
@Suite struct SessionRefusalTests {
    static let texts = ["maximum subscriptions exceeded", "Invalid Subject"]

    @Test(arguments: texts)
    func unnamedRefusalBelongsToTheOldestSubscriptionThatAwaitsItsPong(text: String) throws {
        let harness = SessionHarness()
        harness.connect()
        let first = try harness.subscribe("a", confirm: true)
        let second = try harness.subscribe("b", confirm: true)
        let third = try harness.subscribe("c", confirm: true)
        _ = harness.take()
        harness.pong()
        #expect(harness.take() == [.subscriptionConfirmed(first)])
        harness.error("'\(text)'")
        let error = makeServerError(text)
        #expect(
            harness.take() == [
                .report(.serverError(error)), .ordered("UNSUB \(second.rawValue)\r\n"),
                .subscriptionEnded(second, .denied(error)),
            ])
        harness.pong()
        #expect(harness.take() == [])
        harness.pong()
        #expect(harness.take() == [.subscriptionConfirmed(third)])
    }

    @Test(arguments: texts)
    func secondUnnamedRefusalBeforeTheSamePongTouchesNobodyElse(text: String) throws {
        let harness = SessionHarness()
        harness.connect()
        _ = try harness.subscribe("unasked")
        _ = try harness.subscribe("a", confirm: true)
        let later = try harness.subscribe("b", confirm: true)
        _ = harness.take()
        harness.error("'\(text)'")
        _ = harness.take()
        harness.error("'\(text)'")
        #expect(harness.take() == [.report(.serverError(makeServerError(text)))])
        harness.pong()
        harness.pong()
        #expect(harness.take() == [.subscriptionConfirmed(later)])
    }

    @Test func livenessPingThatOvertookTheFenceChangesNothing() throws {
        let harness = SessionHarness()
        harness.connect()
        harness.advanceToDeadline()
        _ = harness.take()
        let id = try harness.subscribe("a", confirm: true)
        _ = harness.take()
        harness.error("'Invalid Subject'")
        #expect(harness.take().last == .subscriptionEnded(id, .denied(makeServerError("Invalid Subject"))))
    }

    @Test(arguments: texts)
    func unnamedRefusalWhileAFlushIsNextIsOnlyReported(text: String) throws {
        let harness = SessionHarness()
        harness.connect()
        let unasked = try harness.subscribe("a")
        harness.session.fenceQueued(.user(1), generation: harness.session.generation)
        let id = try harness.subscribe("b", confirm: true)
        _ = harness.take()
        harness.error("'\(text)'")
        #expect(harness.take() == [.report(.serverError(makeServerError(text)))])
        harness.pong()
        harness.pong()
        #expect(harness.take() == [.fenceConfirmed(1), .subscriptionConfirmed(id)])
        #expect(harness.message(unasked) == .deliver(index: unasked.index))
    }

    @Test func replayBeyondTheServersLimitEndsTheLastOnesOfTheReplay() throws {
        let harness = SessionHarness()
        let kept = try harness.subscribe("a", confirm: true)
        let refused = try [harness.subscribe("b"), harness.subscribe("c", confirm: true)]
        harness.connect()
        let text = "maximum subscriptions exceeded"
        harness.error("'\(text)'")
        harness.error("'\(text)'")
        _ = harness.take()
        harness.pong()
        let taken = harness.take()
        let error = makeServerError(text)
        #expect(taken.contains(.subscriptionConfirmed(kept)))
        for id in refused {
            #expect(taken.contains(.ordered("UNSUB \(id.rawValue)\r\n")))
            #expect(taken.contains(.subscriptionEnded(id, .denied(error))))
            #expect(!taken.contains(.subscriptionConfirmed(id)))
        }
        #expect(harness.status == .connected)
    }

    // MARK: - Moves

    private static let full = makeServerError("maximum subscriptions exceeded")

    private func makeMovingHarness(confirm: Bool = true) throws -> (SessionHarness, [SubscriptionID]) {
        let harness = SessionHarness(servers: ["a", "b"])
        harness.connect()
        var ids: [SubscriptionID] = []
        for subject in ["s", "t"] {
            ids.append(try harness.subscribe(subject, confirm: confirm))
            if confirm { _ = harness.take() }
            if confirm { harness.pong() }
        }
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        return (harness, ids)
    }

    private func expectRefused(_ id: SubscriptionID, but kept: SubscriptionID, _ harness: SessionHarness) {
        harness.error("'maximum subscriptions exceeded'")
        _ = harness.take()
        harness.pong()
        let taken = harness.take()
        #expect(taken.contains(.subscriptionEnded(id, .denied(Self.full))))
        #expect(taken.contains(.ordered("UNSUB \(id.rawValue)\r\n")))
        #expect(harness.message(kept) == .deliver(index: kept.index))
        #expect(harness.status == .connected)
    }

    @Test(arguments: [true, false])
    func serverThatAMoveGoesToRefusesTheLastOfTheReplay(confirmed: Bool) throws {
        let (harness, ids) = try makeMovingHarness(confirm: confirmed)
        harness.pong()
        _ = harness.take()
        #expect(harness.session.generation == 2)
        expectRefused(ids[1], but: ids[0], harness)
    }

    @Test func serverThatAFailedMoveComesBackToRefusesTheLastOfTheReplay() throws {
        let (harness, ids) = try makeMovingHarness()
        harness.session.transportFailed(generation: 2, .ended, now: harness.now)
        harness.pong()
        _ = harness.take()
        #expect(harness.session.generation == 1)
        expectRefused(ids[1], but: ids[0], harness)
    }

    @Test func successorThatTakesOverRefusesTheLastOfBothReplays() throws {
        let harness = SessionHarness(servers: ["a", "b"])
        harness.connect()
        let plain = try harness.subscribe("s")
        let group = try harness.subscribe("g", queueGroup: "q")
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.error("'maximum subscriptions exceeded'", on: 2)
        harness.loseTransport()
        _ = harness.take()
        // The PONG behind the group, which doesn't decide it yet, then the one behind the rest.
        harness.pong()
        #expect(harness.take() == [])
        harness.pong()
        let taken = harness.take()
        #expect(taken.contains(.subscriptionEnded(plain, .denied(Self.full))))
        #expect(harness.message(group) == .deliver(index: group.index))
    }

    @Test func refusalsOfALostReplayAreForgotten() throws {
        let harness = SessionHarness { $0.reconnect.retryOnFirstConnect = true }
        let id = try harness.subscribe("a", confirm: true)
        harness.connect()
        harness.error("'maximum subscriptions exceeded'")
        harness.loseTransport()
        harness.advanceToDeadline()
        _ = harness.take()
        harness.handshake()
        _ = harness.take()
        harness.pong()
        #expect(harness.take().contains(.subscriptionConfirmed(id)))
    }

    // MARK: - Two at once

    /// A refusal that names its subscription isn't one of those that name none.
    @Test func limitAndDenialInOneReplay() throws {
        let harness = SessionHarness { $0.reconnect.retryOnFirstConnect = true }
        let ids = try ["a", "b", "denied"].map { try harness.subscribe($0, confirm: true) }
        harness.connect()
        _ = harness.take()
        harness.error("'maximum subscriptions exceeded'")
        harness.error(#"'Permissions Violation for Subscription to "denied"'"#)
        harness.pong()
        let taken = harness.take()
        #expect(taken.contains(.subscriptionConfirmed(ids[0])))
        #expect(taken.contains(.subscriptionEnded(ids[1], .denied(Self.full))))
        #expect(!taken.contains(.subscriptionConfirmed(ids[1])))
    }

    /// Whoever waits for the answer gets it, though the connection drains meanwhile.
    @Test func denialWhileTheConnectionDrains() throws {
        let harness = SessionHarness()
        harness.connect()
        let id = try harness.subscribe("denied", confirm: true)
        harness.session.drain(deadline: .seconds(130), now: harness.now)
        _ = harness.take()
        let denial = #"Permissions Violation for Subscription to "denied""#
        harness.error("'\(denial)'")
        harness.pong()
        let taken = harness.take()
        #expect(taken.contains(.subscriptionEnded(id, .denied(makeServerError(denial)))))
        #expect(!taken.contains(.subscriptionConfirmed(id)))
    }

    @Test func limitWhileTheConnectionDrainsBehindAReplay() throws {
        let harness = SessionHarness { $0.reconnect.retryOnFirstConnect = true }
        let id = try harness.subscribe("a", confirm: true)
        harness.connect()
        harness.session.drain(deadline: .seconds(130), now: harness.now)
        _ = harness.take()
        harness.error("'maximum subscriptions exceeded'")
        harness.pong()
        let taken = harness.take()
        #expect(taken.contains(.subscriptionEnded(id, .denied(Self.full))))
        #expect(!taken.contains(.subscriptionConfirmed(id)))
    }
}
