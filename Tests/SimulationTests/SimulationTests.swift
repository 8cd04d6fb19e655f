import NATSSimulator
import Testing

/// Lives of the whole client, driver and reactor included, in a simulated world of servers, network and time.
///
/// A failure names its seed: `swift run -c release simulate SEED 1 trace` shows that life, step by step.
@Suite struct SimulationTests {
    @Test(arguments: 1...8)
    func noLifeBreaksALaw(part: UInt64) {
        let reports = (0..<25).map { Life(seed: part * 1_000 + $0).run() }
        for report in reports {
            #expect(report.violations == [], "seed \(report.seed)")
        }
        var counts = LifeCounts()
        for report in reports { counts += report.counts }
        // A world in which nothing happens proves nothing.
        #expect(counts.publishes > 500)
        #expect(counts.deliveries > 250)
        #expect(counts.replies > 100)
        #expect(counts.reconnects > 10)
    }

    @Test func theSameSeedIsTheSameLife() {
        let traces = (0..<2).map { _ in Life(seed: 7, keepsTrace: true).run().trace }
        #expect(traces[0] == traces[1])
        #expect(!traces[0].isEmpty)
    }
}
