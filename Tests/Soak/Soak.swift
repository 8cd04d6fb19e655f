import Glibc
import NATSClient
import Reactor
import TestSupport

/// Repeats every public call against a real server, on both backends, and looks for what it leaves behind. Exits 1 when a call
/// leaves memory, descriptors, threads, timers, streams or entries of tables behind.
///
///     soak                  each activity a few times: some ten seconds
///     soak --minutes 30     again and again for so long
@main
struct Soak {
    static func main() async {
        do {
            let minutes = try minutes(CommandLine.arguments.dropFirst())
            // Not on Swift's pool: its threads keep what their jobs were made of, more and more of it for a while.
            try await withTaskExecutorPreference(HelperExecutor.shared) { try await run(minutes: minutes) }
        } catch {
            print("FAIL \(error)")
            exit(1)
        }
    }

    private static func minutes(_ arguments: ArraySlice<String>) throws -> Double? {
        guard let option = arguments.first else { return nil }
        guard option == "--minutes", arguments.count == 2, let minutes = arguments.last.flatMap(Double.init) else {
            throw Failure("usage: soak [--minutes N]")
        }
        return minutes
    }

    private static func run(minutes: Double?) async throws {
        let certificates = try TestCertificates.shared.get()
        let options = NATSServerOptions.with {
            $0.webSocket = .init()
            $0.tls = .init(certificates.server)
            $0.tls?.isOptional = true
        }
        var report = SoakReport()
        try await withNATSServer(options) { server in
            let begin = ContinuousClock.now
            var round = 0
            repeat {
                round += 1
                for backend in [EventLoop.Configuration.Backend.epoll, .ioUring] {
                    try await Self.round(backend, server, certificates, isLong: minutes != nil, &report)
                }
                if minutes != nil { print("round \(round): \(report.summary)") }
            } while ContinuousClock.now - begin < .seconds(60 * (minutes ?? 0))
        }
        try report.check()
        print("soak: passed, \(report.summary)")
    }

    /// One loop, and all activities on it.
    private static func round(
        _ backend: EventLoop.Configuration.Backend, _ server: NATSServerProcess, _ certificates: TestCertificates,
        isLong: Bool, _ report: inout SoakReport
    ) async throws {
        let loop = EventLoop(configuration: .init(backend: backend, name: "soak"))
        // Its thread and descriptors aren't an activity's.
        try loop.start()
        let bench = SoakBench(
            loop: loop, url: server.url, webSocketURL: server.webSocketURL, authority: certificates.authority.certificate)
        for activity in SoakActivity.all {
            var activity = activity
            if isLong { activity.count *= 10 }
            try await report.add(activity, on: bench, "\(backend)")
        }
        // That a leak is seen is part of the proof.
        try await report.expectLeak(.control, on: bench)
        loop.shutdown()
        loop.join()
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
