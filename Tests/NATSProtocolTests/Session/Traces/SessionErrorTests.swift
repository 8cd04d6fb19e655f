import Testing

@testable import NATSProtocol

@Suite struct SessionErrorTests {
    @Test func deniedSubscriptionEndsAndOnlyThat() throws {
        let harness = SessionHarness()
        harness.connect()
        let other = try harness.subscribe("x", queueGroup: "q")
        let denied = try harness.subscribe("x", confirm: true)
        _ = harness.take()
        let text = #"Permissions Violation for Subscription to "x""#
        harness.error("'\(text)'")
        let error = makeServerError(text)
        #expect(harness.take() == [.report(.serverError(error)), .subscriptionEnded(denied, .denied(error))])
        harness.pong()
        #expect(harness.take() == [])
        #expect(harness.message(other) == .deliver(index: other.index))
    }

    @Test func queueGroupAndSidOfTheTextDecide() throws {
        let harness = SessionHarness()
        harness.connect()
        let first = try harness.subscribe("x")
        let second = try harness.subscribe("x")
        let queued = try harness.subscribe("x", queueGroup: "q")
        _ = harness.take()
        harness.error(#"'Permissions Violation for Subscription to "x" using queue "q"'"#)
        harness.error(#"'Permissions Violation for Subscription to "x" (sid "\#(second.rawValue)")'"#)
        let ended = harness.take().compactMap { action -> SubscriptionID? in
            if case .subscriptionEnded(let id, .denied) = action { id } else { nil }
        }
        #expect(ended == [queued, second])
        #expect(harness.message(first) == .deliver(index: first.index))
    }

    @Test func deniedSubscriptionIsNotReplayed() throws {
        let harness = SessionHarness()
        harness.connect()
        _ = try harness.subscribe("x")
        harness.error(#"'Permissions Violation for Subscription to "x"'"#)
        harness.loseTransport()
        harness.advanceToDeadline()
        _ = harness.take()
        harness.handshake()
        #expect(harness.take().compactMap(\.text) == [])
    }

    @Test func deniedPublishesAndRepliesAreNamed() {
        let harness = SessionHarness()
        harness.connect()
        let publish = makeServerError(#"Permissions Violation for Publish to "p""#)
        harness.error("'\(publish.text)'")
        #expect(harness.take() == [.report(.serverError(publish)), .publishDenied(subject: "p", publish)])
        let reply = makeServerError(#"Permissions Violation for Publish with Reply of "r""#)
        harness.error("'\(reply.text)'")
        #expect(harness.take() == [.report(.serverError(reply)), .replyDenied(reply: "r", reply)])
    }

    @Test func closingErrorIsTheCauseOfTheLoss() {
        let harness = SessionHarness()
        harness.connect()
        harness.error("'Stale Connection'")
        let error = makeServerError("Stale Connection")
        #expect(harness.take() == [.report(.serverError(error))])
        harness.loseTransport()
        let failure = SessionFailure(.server(error), server: makeServer("a"))
        #expect(harness.take().first == .closeGate(failure))
        #expect(harness.status == .reconnecting)
    }

    @Test func serverThatDoesNotCloseAsAnnouncedIsLeft() {
        let harness = SessionHarness()
        harness.connect()
        harness.error("'User Authentication Expired'")
        _ = harness.take()
        #expect(harness.nextDeadline == .seconds(101))
        harness.advanceToDeadline()
        let failure = SessionFailure(.server(makeServerError("User Authentication Expired")), server: makeServer("a"))
        #expect(harness.take().first == .closeGate(failure))
        #expect(harness.status == .reconnecting)
    }

    @Test(arguments: [
        "Unknown Protocol Operation", "Maximum Payload Violation", "maximum connections exceeded",
        "Authentication Timeout", "Something New", "Failed Account Registration",
    ])
    func noTextClosesAnEstablishedSessionForGood(text: String) {
        let harness = SessionHarness()
        harness.connect()
        harness.error("'\(text)'")
        harness.loseTransport()
        #expect(harness.status == .reconnecting)
        harness.advanceToDeadline()
        _ = harness.take()
        harness.handshake()
        #expect(harness.status == .connected)
    }
}
