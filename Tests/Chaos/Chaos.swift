import Foundation
import Glibc
import NATSClient
import Reactor
import Synchronization
import TestSupport

/// Runs the client on a real cluster in which things break, and judges it. Exits 1 when a law was broken, 130 when interrupted.
@main
enum Chaos {
    static func main() async {
        let arguments: Arguments
        do throws(Arguments.Mistake) {
            arguments = try Arguments(CommandLine.arguments.dropFirst())
        } catch {
            say("\(error.text)\n\(Arguments.usage)")
            exit(2)
        }
        Interrupts.block()
        let work = Task { try await run(arguments) }
        Interrupts.cancel(work)
        do {
            exit(try await work.value)
        } catch {
            say("chaos: \(error)")
            exit(1)
        }
    }

    private static func run(_ arguments: Arguments) async throws -> Int32 {
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

/// The command line.
struct Arguments {
    struct Mistake: Error {
        let text: String
    }

    static let usage = "chaos [--minutes N | --seconds N] [--seed S] [--backend epoll|io_uring|both] [--out DIR]"

    private(set) var length = Duration.seconds(60)
    private(set) var seed = UInt64.random(in: 1..<1_000_000)
    private(set) var backends: [ChaosRun.Backend] = [.epoll, .ioUring]
    private(set) var folder = ".build/chaos"

    init(_ words: some Collection<String>) throws(Mistake) {
        var rest = Array(words)[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Mistake(text: "'\(option)' needs a value") }
            switch option {
            case "--minutes": length = .seconds(60 * (try Self.number(value)))
            case "--seconds": length = .seconds(try Self.number(value))
            case "--seed": seed = UInt64(try Self.number(value))
            case "--out": folder = value
            case "--backend":
                switch value {
                case "epoll": backends = [.epoll]
                case "io_uring": backends = [.ioUring]
                case "both": backends = [.epoll, .ioUring]
                default: throw Mistake(text: "there is no backend '\(value)'")
                }
            default: throw Mistake(text: "unknown option '\(option)'")
            }
        }
    }

    private static func number(_ text: String) throws(Mistake) -> Int {
        guard let number = Int(text), number > 0 else { throw Mistake(text: "'\(text)' is no positive number") }
        return number
    }
}

/// SIGINT and SIGTERM end a run in order; a second one ends the process, and the servers end with it.
private enum Interrupts {
    private static var signals: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGINT)
        unsafe sigaddset(&set, SIGTERM)
        return set
    }

    /// For this thread and all that it begins.
    static func block() {
        var set = signals
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    static func cancel(_ work: Task<Int32, any Error>) {
        Thread {
            var set = signals
            var number: Int32 = 0
            unsafe sigwait(&set, &number)
            say("chaos: interrupted; ends in order")
            work.cancel()
            unsafe sigwait(&set, &number)
            exit(130)
        }.start()
    }
}
