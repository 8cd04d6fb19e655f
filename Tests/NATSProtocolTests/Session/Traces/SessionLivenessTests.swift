import Testing

@testable import NATSProtocol

@Suite struct SessionLivenessTests {
    private func makeHarness() -> SessionHarness {
        let harness = SessionHarness { $0.pingIntervalNanoseconds = 1_000_000_000 }
        harness.connect()
        return harness
    }

    @Test func silentServerIsAskedThenLeft() {
        let harness = makeHarness()
        harness.advance(milliseconds: 1000)
        #expect(harness.take() == [.urgent("PING\r\n")])
        harness.advance(milliseconds: 1000)
        #expect(harness.take() == [.urgent("PING\r\n")])
        harness.advance(milliseconds: 1000)
        let failure = SessionFailure(.staleConnection, server: makeServer("a"))
        #expect(
            harness.take() == [
                .closeGate(failure), .disconnect(generation: 1, graceful: false), .report(.disconnected(failure)),
            ])
    }

    @Test func idleConnectionWakesOncePerInterval() {
        let harness = makeHarness()
        let start = harness.now
        var wakes = 0
        while harness.now < start.advanced(byNanoseconds: 10_500_000_000) {
            harness.advanceToDeadline()
            wakes += 1
            #expect(harness.take() == [.urgent("PING\r\n")])
            harness.now = harness.now.advanced(byNanoseconds: 1_000_000)
            harness.pong()
        }
        #expect(wakes == 11)
    }

    @Test func signsOfTheServerThatTookOverAreNotOverwrittenByOlderOnes() {
        let harness = SessionHarness(servers: ["a", "b"]) { $0.pingIntervalNanoseconds = 10_000_000_000 }
        harness.connect()
        harness.beginMove()
        harness.handshakeOfSuccessor()
        _ = harness.take()
        harness.pong(on: harness.successor)
        _ = harness.take()
        harness.pong()
        _ = harness.take()
        #expect(harness.session.generation == 2)
        // It speaks shortly before each look.
        for _ in 0..<4 {
            harness.now = harness.now.advanced(byNanoseconds: 9_000_000_000)
            harness.session.bytesReceived(generation: 2, now: harness.now)
            harness.advance(milliseconds: 1000)
            #expect(harness.take().allSatisfy { $0.text?.contains("PING") != true })
        }
    }

    @Test func busyConnectionIsNeverAsked() {
        let harness = makeHarness()
        for _ in 0..<50 {
            harness.advance(milliseconds: 300)
            harness.session.bytesReceived(generation: harness.session.generation, now: harness.now)
        }
        #expect(harness.take() == [])
    }

    @Test func fencesOfTheUserDoNotCountAsUnanswered() {
        let harness = makeHarness()
        for number in 0..<10 { harness.session.fenceQueued(.user(UInt64(number)), generation: harness.session.generation) }
        harness.advance(milliseconds: 1000)
        harness.advance(milliseconds: 1000)
        #expect(harness.status == .connected)
        _ = harness.take()
        for number in 0..<10 {
            harness.pong()
            #expect(harness.take() == [.fenceConfirmed(UInt64(number))])
        }
    }

    @Test func pingsAreAnsweredAtOnce() {
        let harness = makeHarness()
        harness.session.pingReceived(generation: harness.session.generation, now: harness.now)
        #expect(harness.take() == [.urgent("PONG\r\n")])
    }

    @Test func pongThatNobodyAskedForIsCounted() {
        let harness = makeHarness()
        harness.pong()
        #expect(harness.take() == [])
        #expect(harness.session.unexpectedPongCount == 1)
    }

    @Test func intervalZeroNeverAsks() {
        let harness = SessionHarness { $0.pingIntervalNanoseconds = 0 }
        harness.connect()
        #expect(harness.nextDeadline == nil)
    }
}
