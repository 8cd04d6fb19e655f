// The main job of this library, on a real server: millions of messages in and out of one process, every one checked and
// accounted for. Each file beside this one holds one part; read from here.

import Glibc
import NATSClient

@main
struct IngestionDemo {
    static func main() async {
        do {
            guard let options = try Options.parse(CommandLine.arguments.dropFirst()) else {
                return print(Options.usage)
            }
            exit(try await IngestionDemo(options: options).run() ? EXIT_SUCCESS : EXIT_FAILURE)
        } catch let mistake as Options.Mistake {
            fail("\(mistake.message)\n\(Options.usage)", code: 2)
        } catch {
            fail("\(error)", code: EXIT_FAILURE)
        }
    }

    let options: Options
    let workload: Workload
    let screen = Screen()

    init(options: Options) {
        self.options = options
        workload = Workload(messageCount: options.messageCount, payloadBytes: options.payloadBytes)
    }

    /// Whether the account is complete.
    func run() async throws -> Bool {
        // Two connections, publisher and subscriber, on one reactor thread.
        var connectOptions = ConnectOptions()
        connectOptions.eventLoop = EventLoop(configuration: .init(backend: options.backend, name: "demo-reactor"))
        connectOptions.name = "demo-publisher"
        let publisher = try await NATS.connect(options.url, options: connectOptions)
        connectOptions.name = "demo-subscriber"
        let subscriber = try await NATS.connect(options.url, options: connectOptions)

        let window = DeliveryWindow(payloadBytes: workload.payloadBytes, lanes: Subscribers.Lane.allCases.count)
        introduce(publisher, window)
        let subscribers = try await Subscribers(on: subscriber, workload: workload, window: window)
        let (outbound, deliveries) = try await ingest(from: publisher, to: subscribers, window)
        let requests = try await requestRound(publisher, subscriber)
        let account = Account(
            workload: workload, outbound: outbound, inbound: subscriber.statistics, deliveries: deliveries,
            requestCount: options.requestCount, requests: requests)
        account.show(on: screen)
        try await publisher.drain()
        try await subscriber.drain()
        return account.isComplete
    }

    private func introduce(_ connection: NATSConnection, _ window: DeliveryWindow) {
        screen.title("swift-nats ingestion demo")
        let version = connection.serverInfo?.version ?? "?"
        screen.fact("server", "nats-server \(version) at \(connection.connectedServer ?? "?")")
        screen.fact("reactor", "\(connection.eventLoop.backend?.kind.rawValue ?? "?"), one thread for both connections")
        screen.fact(
            "publish",
            "\(Format.count(workload.messageCount)) messages of \(workload.payloadBytes) B on "
                + "\(workload.subjectCount) subjects, from \(workload.producerCount) tasks")
        screen.fact("deliver", "each message 4 times: sequence, batches, inline handler, queue group of two")
        screen.fact(
            "flow",
            "producers lead the slowest subscription by at most \(Format.count(window.messages)) messages: no overflow")
    }

    private func ingest(
        from connection: NATSConnection, to subscribers: Subscribers, _ window: DeliveryWindow
    ) async throws -> (ConnectionStatistics, [Delivery]) {
        screen.title("Ingestion")
        let display = ProgressDisplay(screen: screen, connection: connection, workload: workload, window: window)
        let watching = Task { await display.run() }
        let start = ContinuousClock.now
        try await Producers(connection: connection, workload: workload, window: window).run()
        let seconds = (ContinuousClock.now - start).seconds
        let statistics = connection.statistics
        let deliveries = try await subscribers.finish()
        watching.cancel()
        let summary = await watching.value

        let rate = Double(workload.messageCount) / seconds
        let gathered = Double(statistics.publishesFenced) / Double(max(1, statistics.sends))
        screen.line()
        let duration = Format.decimal(seconds, places: 2)
        screen.fact("published", "\(Format.count(Int(rate))) msg/s for \(duration) s, fenced at the end")
        screen.fact("delivered", "\(Format.count(Int(rate * 4))) msg/s, every one checked")
        screen.fact("gathered", "\(Format.decimal(gathered, places: 0)) messages in each send, without a flush timer")
        screen.fact("memory", "\(Format.bytes(summary.peakMemoryBytes)) resident at most")
        if summary.ratesPerSecond.count > 1 { screen.fact("over time", sparkline(summary.ratesPerSecond, width: 72)) }
        return (statistics, deliveries)
    }

    private func requestRound(
        _ client: NATSConnection, _ server: NATSConnection
    ) async throws -> RequestRound.Outcome? {
        guard options.requestCount > 0 else { return nil }
        screen.title("Request and reply")
        let plan = "\(Format.count(options.requestCount)) requests of 16 B, one at a time (closed loop)"
        screen.line("  " + screen.styled(plan, .dim))
        screen.line()
        let outcome = try await RequestRound(client: client, server: server, requestCount: options.requestCount).run()
        HistogramChart(histogram: outcome.histogram, screen: screen).draw()
        return outcome
    }

    private static func fail(_ message: String, code: Int32) -> Never {
        // Flushes what was shown before, so that the order is right when both go to one file.
        fflush(nil)
        _ = ("ingestion-demo: " + message + "\n").withCString { write(STDERR_FILENO, $0, strlen($0)) }
        exit(code)
    }
}
