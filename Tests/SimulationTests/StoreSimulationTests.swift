import NATSSimulator
import Testing

/// Lives with JetStream: publishers, pulls, fetches and ordered readers on a model of streams and consumers.
///
/// A failure names its seed: `Scripts/simulate --jetstream --seed N --trace` shows that life.
@Suite struct StoreSimulationTests {
    @Test(arguments: 1...8)
    func noLifeBreaksALaw(part: UInt64) {
        var counts = LifeCounts()
        for seed in 0..<10 {
            let report = Life(seed: part * 1_000 + UInt64(seed), kind: .jetStream).run()
            #expect(report.violations == [], "seed \(report.seed)")
            counts += report.counts
        }
        // A world in which nothing happens proves nothing.
        #expect(counts.publishes > 300)
        #expect(counts.deliveries > 500)
        #expect(counts.replies > 200)
        #expect(counts.turnsChecked > 1_000)
    }

    /// Each has broken a law once, by a mistake of the client: a reactor that never rests while a publisher waits for a connection
    /// (9, 24, 35), or for room in a window that is half empty (1,075); what waited for the inbox, and found no room in the outbound
    /// buffer, was overtaken (2,056, 2,208, 2,512); an ordered reader that stalls, or skips a message, when its
    /// consumer begins again under its name (36, 38).
    @Test(arguments: [9, 24, 35, 36, 38, 1_075, 2_056, 2_208, 2_512] as [UInt64])
    func lifeThatBrokeALawOnce(seed: UInt64) {
        #expect(Life(seed: seed, kind: .jetStream).run().violations == [])
    }
}
