import ArgumentParser

/// The command line, which is a contract: scripts depend on every option, and on every key of the JSON line.
@main
struct NATSBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nats-bench", abstract: "Measures the client against a NATS server, one workload a run.",
        discussion: Manual.text)

    @Argument(
        help: """
            pub, sub, request, reply, latency, idle, connect, js-pub, js-pub-sync, js-consume, js-fetch, kv-put, kv-get or kv-watch.
            """)
    var workload: Workload

    @OptionGroup var options: Options

    func validate() throws { try options.validate(workload) }

    func run() throws {
        let bench = Bench(workload: workload, options: options)
        let report = try MainThread.serve(on: bench.executor) { try await bench.run() }
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
    case streamPublish = "js-pub"
    case streamPublishSync = "js-pub-sync"
    case streamConsume = "js-consume"
    case streamFetch = "js-fetch"
    case keyPut = "kv-put"
    case keyGet = "kv-get"
    case keyWatch = "kv-watch"
    case objectPut = "object-put"
    case objectGet = "object-get"
}

enum Manual {
    static let text = """
        WORKLOADS

        pub: publishes, then flushes. From the first publish to the server's PONG behind the last.

        sub: receives, and checks count, sizes and whether there are headers. From the first message to the last. \
        Prints "ready" on standard error when it has subscribed.

        request: one request after the other, or --inflight many. Checks the replies' sizes.

        reply: answers requests with their own payload, for --messages or --duration, or until it is killed. Prints \
        "ready" on standard error when it has subscribed.

        latency: publishes at --rate, whatever comes back (open loop), and receives the messages itself. Latencies count \
        from the time at which a message should have left. Processor time includes the pacing, which polls the clock.

        idle: holds --connections for --duration, after 3 seconds in which the server may say what it has to say. Here \
        messages are turns of the event loop, that is wake-ups, and processor time and allocations are those of one second.

        connect: connects and closes --connections times, --inflight at once. Here messages are connections, and \
        latencies those of connecting.

        js-pub: publishes to a stream that it makes, in --storage, with --inflight messages waiting for their \
        acknowledgements. From the first publish to the last acknowledgement.

        js-pub-sync: publishes to a stream that it makes, and waits for each acknowledgement; --inflight many at a time.

        js-consume: pulls from a consumer of a stream in --storage, which is made and filled before, with --inflight \
        messages ahead (default: 500). From the first message to the last. With --ack each message is acknowledged.

        js-fetch: the same with one fetch of --inflight messages after the other.

        kv-put, kv-get: puts or gets 1,000 keys of a bucket in --storage over and over, --inflight at a time.

        kv-watch: watches a bucket in --storage that has as many keys as --messages, with --inflight of them ahead (default: \
        what the library does by itself). From the first entry to the last.

        object-put: puts one object of --messages chunks of --size bytes into a bucket in --storage, which it makes, and \
        removes afterwards. Messages are chunks.

        object-get: gets such an object, chunk by chunk, compared with its digest.

        RESULT

        With --json one line with the keys \(Report.keys.joined(separator: ", ")); null where it doesn't apply. Megabytes \
        are 1,000,000 bytes of payload; cpu_ns and allocations are those of all threads in the measured window; \
        peak_rss_kb is the process's VmHWM; latencies come from an HDR histogram of 3 digits; backend is the one that ran. \
        Options that don't apply to a workload are ignored.

        EXIT CODES

        0: measured. 1: failed; one line on standard error says why. 2: measured, but the schedule of latency could not \
        be kept. 64: the command line can't be understood.
        """
}
