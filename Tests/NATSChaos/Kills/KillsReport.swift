import Foundation

/// What a run of kills has shown, as tables.
struct KillsReport: Sendable {
    let name: String
    let seed: UInt64
    var faults = KillsRun.Faults()
    var stormSeconds = 0.0
    var totalSeconds = 0.0
    /// From the last fault until all publishers, and all readers, had done everything.
    var publishersSeconds = 0.0
    var readersSeconds = 0.0
    /// How often each connection was there again.
    var reconnects: [Int] = []
    var books: [(String, KillsBook.Count)] = []
    var readings: [(String, KillsReading.Count)] = []
    var violations = 0

    init(name: String, seed: UInt64) {
        self.name = name
        self.seed = seed
    }

    var text: String {
        var lines = [
            "## \(name), seed \(seed): \(violations) violations", "",
            "\(faults.kills) nodes killed and restarted, \(faults.cuts) cuts of connections (\(reconnects.reduce(0, +)) reconnects), "
                + "\(faults.stepDowns) leaders stepped down, in \(Int(stormSeconds)) s. Then publishers were done after "
                + "\(Self.seconds(publishersSeconds)), readers after \(Self.seconds(readersSeconds)).",
            "", "| Stream | Published | Acknowledged | Unknown | Stored | Stored twice | Acknowledged and lost |",
            "|---|---:|---:|---|---:|---:|---:|",
        ]
        for (name, count) in books {
            let failures = count.failures.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            lines.append(
                "| \(name) | \(count.begun) | \(count.acknowledged) | \(failures.isEmpty ? "0" : failures) | \(count.stored) | "
                    + "\(count.duplicates) | \(count.lost) |")
        }
        lines += [
            "", "| Reader | Deliveries | Repetitions | Confirmed | Missing | Longest silence |", "|---|---:|---:|---:|---:|---:|",
        ]
        for (name, count) in readings {
            lines.append(
                "| \(name) | \(count.deliveries) | \(count.repetitions) | \(count.confirmed) | \(count.missing) | "
                    + "\(Self.seconds(count.longestSilenceSeconds)) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func seconds(_ seconds: Double) -> String { String(format: "%.1f s", seconds) }
}
