import Foundation
import TestSupport

/// Runs the client on real clusters in which things break, and writes the reports.
package enum ChaosProgram {
    /// - Returns: the exit code: 1 when a law was broken, 130 when the task was cancelled.
    package static func run(_ arguments: ChaosArguments) async throws -> Int32 {
        if arguments.isForJetStream { return try await runKills(arguments) }
        let certificates = try TestCertificates.shared.get()
        defer { certificates.removeFiles() }
        // The runtime opens the descriptors of its timers at their first use.
        try await Task.sleep(for: .milliseconds(1), clock: .continuous)
        try await Task.sleep(for: .milliseconds(1), clock: .suspending)
        let before = ProcessResources.now()
        say(
            "chaos: seed \(arguments.seed), \(arguments.length), \(arguments.backends.map { "\($0)" }.joined(separator: " and "))"
        )
        let results = try await withThrowingTaskGroup(of: RunResult.self) { group in
            for backend in arguments.backends {
                group.addTask {
                    try await ChaosRun(backend: backend, seed: arguments.seed, length: arguments.length).run()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.name < $1.name }
        }
        // In a task of its own: this one may be cancelled.
        let leaks = await Task { await whatIsLeft(since: before) }.value
        try write(results, leaks, to: arguments.folder)
        for leak in leaks { say("VIOLATION left behind: \(leak)") }
        if results.contains(where: { $0.violationCount > 0 }) || !leaks.isEmpty { return 1 }
        return results.contains(where: \.isInterrupted) ? 130 : 0
    }

    /// One backend after the other: each has the machine, and half of the kills and of the time.
    private static func runKills(_ arguments: ChaosArguments) async throws -> Int32 {
        let count = arguments.backends.count
        say("chaos: JetStream, seed \(arguments.seed)")
        var reports: [KillsReport] = []
        for backend in arguments.backends {
            let kills = arguments.kills == .max ? .max : max(1, arguments.kills / count)
            let run = KillsRun(backend: backend, seed: arguments.seed, kills: kills, limit: arguments.length / count)
            reports.append(try await run.run())
        }
        let text = reports.map(\.text).joined(separator: "\n")
        let folder = URL(fileURLWithPath: arguments.folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: folder.appendingPathComponent("kills.md"))
        print(text)
        return reports.contains { $0.violations > 0 } ? 1 : 0
    }

    private static func whatIsLeft(since before: ProcessResources) async -> [String] {
        _ = try? await holds(within: .seconds(10)) { ProcessResources.now().leaks(since: before).isEmpty }
        return ProcessResources.now().leaks(since: before)
    }

    private static func write(_ results: [RunResult], _ leaks: [String], to folder: String) throws {
        let leakText = leaks.isEmpty ? "No descriptor and no thread is left.\n" : leaks.map { "* left behind: \($0)\n" }.joined()
        let report = results.map { MarkdownReport(result: $0).text }.joined(separator: "\n") + "\n" + leakText
        let url = URL(fileURLWithPath: folder)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        var files = ["report.md": report, "plot.svg": Plot(results: results).svg]
        for result in results { files["schedule-\(result.name).log"] = result.log }
        for (name, text) in files { try Data(text.utf8).write(to: url.appendingPathComponent(name)) }
        print(report)
        say("chaos: report.md, plot.svg and the schedules are in \(folder)")
    }
}
