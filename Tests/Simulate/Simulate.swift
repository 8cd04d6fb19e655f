import Foundation
import NATSProtocol
import NATSSimulator

/// `simulate`: lives as many lives as it is told to, and says which broke a law. `Scripts/simulate --help` shows the ways.
@main
struct Simulate {
    private var kind = Life.Kind.core
    private var firstSeed: UInt64 = 1
    private var count: UInt64 = 1
    private var seconds: Double?
    private var keepsTrace = false
    private var shrinks = false
    private var listsCells = false
    private var skipped: Set<Step> = []

    private let tally = CellTally()
    private var total = LifeCounts()
    private var lives: UInt64 = 0
    private var failedSeeds: [UInt64] = []

    static func main() {
        var program = Simulate()
        guard program.read(CommandLine.arguments.dropFirst()) else {
            say(
                "simulate [--jetstream] [--seed N | --fresh] [--count N | --minutes M] [--trace] [--shrink] [--skip STEP,STEP…] [--cells]"
            )
            exit(64)
        }
        program.run()
        exit(program.failedSeeds.isEmpty ? 0 : 1)
    }

    private mutating func read(_ arguments: ArraySlice<String>) -> Bool {
        var rest = arguments
        while let option = rest.popFirst() {
            switch option {
            case "--jetstream": kind = .jetStream
            case "--trace": keepsTrace = true
            case "--shrink": shrinks = true
            case "--cells": listsCells = true
            case "--fresh": firstSeed = .random(in: 1_000_000_000...1_000_000_000_000)
            case "--seed", "--count":
                guard let number = rest.popFirst().flatMap({ UInt64($0) }) else { return false }
                if option == "--seed" { firstSeed = number } else { count = number }
            case "--minutes":
                guard let minutes = rest.popFirst().flatMap({ Double($0) }) else { return false }
                seconds = minutes * 60
            case "--skip":
                guard let text = rest.popFirst() else { return false }
                skipped = Set(text.split(separator: ",").compactMap { Step(String($0)) })
            default: return false
            }
        }
        return true
    }

    private mutating func run() {
        let clock = ContinuousClock()
        let start = clock.now
        var told = start
        while seconds.map({ clock.now - start < .seconds($0) }) ?? (lives < count) {
            live(firstSeed &+ lives)
            lives += 1
            if clock.now - told > .seconds(300) {
                told = clock.now
                summarize(after: told - start)
            }
        }
        summarize(after: clock.now - start)
    }

    private mutating func live(_ seed: UInt64) {
        let report = Life(seed: seed, kind: kind, keepsTrace: keepsTrace, skipping: skipped, tally: tally).run()
        total += report.counts
        if keepsTrace { say(report.trace) }
        guard !report.violations.isEmpty else { return }
        failedSeeds.append(seed)
        let option = kind == .jetStream ? " --jetstream" : ""
        say("seed \(seed) breaks a law: Scripts/simulate\(option) --seed \(seed) --trace")
        for violation in report.violations.prefix(5) { say("  \(violation)") }
        if shrinks { shrink(seed) }
    }

    private func shrink(_ seed: UInt64) {
        guard var shrinker = Shrinker(seed: seed, kind: kind) else { return say("  it breaks none when it is lived again") }
        let (kept, skipped) = shrinker.shrink()
        say("  the same with these \(kept.count) steps, found in \(shrinker.attempts) lives:")
        for step in kept { say("    \(step)") }
        say("  Scripts/simulate --seed \(seed) --trace --skip '\(skipped.map(\.description).sorted().joined(separator: ","))'")
    }

    private func summarize(after duration: Duration) {
        let seconds = max(0.001, Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
        let hours = Double(total.virtualNanoseconds) / 3.6e12
        say(
            """
            \(lives) lives from seed \(firstSeed), \(failedSeeds.count) broke a law\(failedSeeds.isEmpty ? "" : ": \(failedSeeds.prefix(20))")
            \(rounded(Double(lives) / seconds)) lives/s, \(rounded(hours)) simulated hours in \(rounded(seconds)) s
            \(total.sessions) sessions, \(total.reconnects) reconnects, \(total.steps) steps, \(total.turnsChecked) turns checked
            \(total.publishes) publishes, \(total.deliveries) deliveries, \(total.replies) replies of \(total.requests) requests
            """)
        if let coverage = coverage() {
            say(
                "state × event: \(coverage.touched.count) of \(coverage.reviewed.count) reviewed cells touched, \(coverage.metCount) met in all"
            )
            if listsCells { for cell in coverage.missing { say("  not touched: \(cell)") } }
        }
    }

    /// At once, so that a log can be followed.
    private static func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
    private func say(_ text: String) { Self.say(text) }

    private func rounded(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }

    /// The tables stand in the tests of the protocol, in the repository from which this was built.
    private func coverage() -> Coverage? {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = tests.appending(path: "NATSProtocolTests/Session")
        guard let session = try? String(contentsOf: folder.appending(path: "SessionCells+Expected.swift"), encoding: .utf8),
            let move = try? String(contentsOf: folder.appending(path: "SessionMoveCells+Expected.swift"), encoding: .utf8)
        else { return nil }
        return Coverage(tally, tables: (session, move))
    }
}
