import Foundation
import NATSProtocol
import NATSSimulator
import Testing

/// Lives of the whole client, driver and reactor included, in a simulated world of servers, network and time.
///
/// A failure names its seed: `Scripts/simulate --seed N --trace` shows that life, step by step.
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
        #expect(counts.turnsChecked > 1_000)
    }

    /// Or a million of them take all memory.
    @Test(arguments: [Life.Kind.core, .jetStream])
    func aLifeLeavesNothingInMemory(kind: Life.Kind) {
        weak var world: World?
        do {
            let life = Life(seed: 17, kind: kind)
            world = life.world
            #expect(life.run().violations == [])
        }
        #expect(world == nil)
    }

    /// Each has broken a law once, by a mistake of the client.
    @Test(arguments: [419, 1_019, 2_044, 2_459, 2_548, 2_888, 40_030_941, 100_042_184] as [UInt64])
    func lifeThatBrokeALawOnce(seed: UInt64) {
        #expect(Life(seed: seed).run().violations == [])
    }

    @Test(arguments: [Life.Kind.core, .jetStream])
    func theSameSeedIsTheSameLife(kind: Life.Kind) {
        let traces = (0..<2).map { _ in Life(seed: 7, kind: kind, keepsTrace: true).run().trace }
        #expect(traces[0] == traces[1])
        #expect(!traces[0].isEmpty)
    }

    @Test func stepsCanBeLeftOut() {
        let whole = Life(seed: 11).run()
        let skipped = Set(whole.steps.prefix(whole.steps.count / 2))
        let rest = Life(seed: 11, skipping: skipped).run()
        #expect(rest.violations == [])
        #expect(skipped.isDisjoint(with: rest.steps))
        #expect(!rest.steps.isEmpty)
    }

    @Test func stepsAreReadAsTheyAreShown() {
        let step = Step(actor: "c0 user 1", number: 12)
        #expect(Step(step.description) == step)
        #expect(Step("nothing") == nil)
    }

    /// Hardly a cell of the protocol's tables is out of reach of a few hundred lives.
    @Test func livesTouchTheTablesOfTheSession() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = tests.appending(path: "NATSProtocolTests/Session")
        let tables = try ["SessionCells+Expected.swift", "SessionMoveCells+Expected.swift"].map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }
        let tally = CellTally()
        for seed in 20_000..<20_150 as Range<UInt64> { _ = Life(seed: seed, tally: tally).run() }
        let coverage = Coverage(tally, tables: (tables[0], tables[1]))
        #expect(coverage.reviewed.count > 350)
        #expect(coverage.touched.count > 130)
    }
}
