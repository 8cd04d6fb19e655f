import ArgumentParser

/// The command line, which is a contract: scripts depend on every option, and on every key of the JSON line.
@main
struct NATSBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nats-bench", abstract: "Measures the client against a NATS server, one workload a run.",
        discussion: Manual.text)

    @Argument(help: "pub, sub, request, reply, latency, idle or connect.")
    var workload: Workload

    @OptionGroup var options: Options

    func validate() throws { try options.validate(workload) }

    func run() async throws {
        let report = try await Bench(workload: workload, options: options).run()
        print(options.json ? report.json : report.table)
        if let complaint = report.outcome.complaint {
            StandardError.write(complaint)
            throw ExitCode(2)
        }
    }
}

/// What can be measured.
enum Workload: String, CaseIterable, ExpressibleByArgument {
    case pub, sub, request, reply, latency, idle, connect
}

enum Manual {
    static let text = """
        WORKLOADS
          pub      Publishes, then flushes: from the first publish to the server's PONG behind the last.
          sub      Receives N messages, checks count, sizes and whether there are headers: from the first to the last.
                   Prints "ready" on standard error when it has subscribed.
          request  One request after the other, or --inflight many; checks the replies' sizes.
          reply    Answers requests with their own payload, for --messages or --duration, or until it is killed.
                   Prints "ready" on standard error.
          latency  Publishes at --rate, whatever comes back (open loop), and receives the messages itself. Latencies
                   count from the time at which a message should have left. Processor time includes the pacing, which
                   polls the clock.
          idle     Holds --connections for --duration. Here messages are turns of the event loop, that is wake-ups,
                   and processor time and allocations are those of one second.
          connect  Connects and closes --connections times, --inflight at once. Here messages are connections, and
                   latencies those of connecting.

        RESULT
          With --json one line: workload, size, headers, messages, seconds, messages_per_second,
          megabytes_per_second (of payload, 1,000,000 bytes), cpu_ns_per_message and allocations_per_message (all
          threads, in the measured window), peak_rss_kb (of the process, VmHWM), p50_us, p90_us, p99_us, p999_us,
          max_us (HDR histogram, 3 digits), backend (the one that ran), delivery, payload, executor, connections,
          inflight; null where it doesn't apply. Options that don't apply to a workload are ignored.

        EXIT CODES
          0 measured; 1 failed, one line on standard error says why; 2 measured, but the schedule of latency could not
          be kept; 64 the command line can't be understood.
        """
}
