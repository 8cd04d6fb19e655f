import Reactor
import Testing

@Suite struct HappyEyeballsTests {
    private func drain(_ eyeballs: inout HappyEyeballs, now: UInt64) -> [Int] {
        var started: [Int] = []
        while let index = eyeballs.nextAttempt(nowNanoseconds: now) { started.append(index) }
        return started
    }

    @Test("families take turns, the resolver's first family first")
    func interleaves() {
        var eyeballs = HappyEyeballs(families: [.ipv6, .ipv6, .ipv6, .ipv4, .ipv4], staggerNanoseconds: 10)
        var order: [Int] = []
        for step in 0..<5 { order += drain(&eyeballs, now: UInt64(step) * 10) }
        #expect(order == [0, 3, 1, 4, 2])
        #expect(eyeballs.nextDeadlineNanoseconds == nil)
    }

    @Test("the next attempt waits for the stagger")
    func staggers() {
        var eyeballs = HappyEyeballs(families: [.ipv4, .ipv4], staggerNanoseconds: 250)
        #expect(drain(&eyeballs, now: 1000) == [0])
        #expect(eyeballs.nextDeadlineNanoseconds == 1250)
        #expect(drain(&eyeballs, now: 1249) == [])
        #expect(drain(&eyeballs, now: 1250) == [1])
    }

    @Test("a failure starts the next attempt at once")
    func failureStartsNext() {
        var eyeballs = HappyEyeballs(families: [.ipv4, .ipv4, .ipv4], staggerNanoseconds: 250)
        #expect(drain(&eyeballs, now: 0) == [0])
        #expect(drain(&eyeballs, now: 250) == [1])
        eyeballs.attemptFailed()
        #expect(drain(&eyeballs, now: 251) == [2])
        #expect(!eyeballs.isExhausted)
        eyeballs.attemptFailed()
        eyeballs.attemptFailed()
        #expect(eyeballs.isExhausted)
        #expect(drain(&eyeballs, now: .max) == [])
    }

    @Test("no address at all is exhausted from the start")
    func empty() {
        var eyeballs = HappyEyeballs(families: [], staggerNanoseconds: 1)
        #expect(eyeballs.isExhausted)
        #expect(drain(&eyeballs, now: 0) == [])
    }
}
