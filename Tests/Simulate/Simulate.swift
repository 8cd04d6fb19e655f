import NATSSimulator

/// `simulate FIRST-SEED COUNT [trace]`: lives as many lives, and says which broke a law.
@main
enum Simulate {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
        let first = arguments.first.flatMap(\.self) ?? 1
        let count = arguments.dropFirst().first.flatMap(\.self) ?? 1
        let keepsTrace = CommandLine.arguments.contains("trace")
        var total = LifeCounts()
        var failed = 0
        for seed in first..<(first + count) {
            let report = Life(seed: seed, keepsTrace: keepsTrace).run()
            total += report.counts
            if keepsTrace { print(report.trace) }
            guard !report.violations.isEmpty else { continue }
            failed += 1
            print("seed \(seed):")
            for violation in report.violations.prefix(5) { print("  \(violation)") }
        }
        print("\(count) lives, \(failed) failed; \(total)")
    }
}
