import Testing

@testable import NATSProtocol

@Suite struct ReconnectPolicyTests {
    @Test func ceilingDoublesUpToTheCap() {
        let policy = ReconnectPolicy()
        let ceilings = (0..<8).map { policy.delayCeilingNanoseconds(step: $0, slow: false) / 1_000_000 }
        #expect(ceilings == [100, 200, 400, 800, 1600, 3200, 5000, 5000])
    }

    @Test(arguments: [63, 64, 1000, Int.max])
    func ceilingNeverOverflows(step: Int) {
        var policy = ReconnectPolicy()
        #expect(policy.delayCeilingNanoseconds(step: step, slow: false) == policy.capDelayNanoseconds)
        policy.baseDelayNanoseconds = .max
        policy.capDelayNanoseconds = .max
        #expect(policy.delayCeilingNanoseconds(step: step, slow: false) == .max)
    }

    @Test func refusedCredentialsStartAtTheCap() {
        let policy = ReconnectPolicy()
        #expect(policy.delayCeilingNanoseconds(step: 0, slow: true) == policy.capDelayNanoseconds)
    }

    @Test func baseAboveTheCapIsTheCap() {
        var policy = ReconnectPolicy()
        policy.baseDelayNanoseconds = 10
        policy.capDelayNanoseconds = 3
        #expect(policy.delayCeilingNanoseconds(step: 0, slow: false) == 3)
        policy.capDelayNanoseconds = 0
        #expect(policy.delayCeilingNanoseconds(step: 0, slow: false) == 0)
    }

    @Test func thousandClientsComeBackSpreadOverTheWholeDelay() {
        let policy = ReconnectPolicy()
        var delays: [Double] = []
        for seed in 0..<1000 {
            var random = RandomSource(seed: UInt64(seed))
            let delay = policy.delayNanoseconds(step: 0, slow: false, random: &random)
            #expect(delay <= policy.baseDelayNanoseconds)
            delays.append(Double(delay))
        }
        let mean = delays.reduce(0, +) / 1000
        let variance = delays.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1000
        #expect(variance.squareRoot() / mean >= 0.5)
    }
}
