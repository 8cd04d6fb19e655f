import Testing

@testable import NATSProtocol

@Suite struct LivenessMonitorTests {
    private func makeMonitor(maximum: Int = 2) -> LivenessMonitor {
        LivenessMonitor(intervalNanoseconds: 1_000_000_000, maximumOutstanding: maximum, now: .seconds(10))
    }

    @Test func silentServerIsAskedAndThenStale() {
        var monitor = makeMonitor()
        #expect(monitor.check(now: .seconds(11)) == .ping(lookAgainAt: .seconds(12)))
        #expect(monitor.check(now: .seconds(12)) == .ping(lookAgainAt: .seconds(13)))
        #expect(monitor.check(now: .seconds(13)) == .stale)
    }

    @Test func bytesPostponeTheNextLook() {
        var monitor = makeMonitor()
        monitor.bytesReceived(now: .milliseconds(10_400))
        #expect(monitor.check(now: .seconds(11)) == .lookAgain(at: .milliseconds(11_400)))
        #expect(monitor.check(now: .milliseconds(11_400)) == .ping(lookAgainAt: .milliseconds(12_400)))
    }

    @Test func bytesAnswerEveryOutstandingPing() {
        var monitor = makeMonitor(maximum: 1)
        #expect(monitor.check(now: .seconds(11)) == .ping(lookAgainAt: .seconds(12)))
        monitor.bytesReceived(now: .seconds(11))
        #expect(monitor.check(now: .seconds(12)) == .ping(lookAgainAt: .seconds(13)))
        #expect(monitor.check(now: .seconds(13)) == .stale)
    }
}
