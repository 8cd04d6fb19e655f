import NATSClient

/// Measures the client: see ``Options`` for the command line. Prints one JSON line.
@main
struct NATSBench {
    static func main() async throws {
        let options = try Options(Array(CommandLine.arguments.dropFirst()))
        var connect = ConnectOptions()
        connect.eventLoop = EventLoop(configuration: .init(backend: options.backend))
        let nats = try await NATS.connect(options.url, options: connect)
        let workloads = Workloads(nats: nats, options: options)
        if options.executor == "reactor" {
            try await withTaskExecutorPreference(nats.eventLoop.taskExecutor) { try await run(options, workloads) }
        } else {
            try await run(options, workloads)
        }
        nats.abort()
    }

    private static func run(_ options: Options, _ workloads: Workloads) async throws {
        let head = "{\"workload\": \"\(options.workload)\", \"backend\": \"\(options.backend)\", \"size\": \(options.size), "
        switch options.workload {
        case "request":
            let sorted = try await workloads.request()
            let p50 = Double(sorted[sorted.count / 2]) / 1000
            let p99 = Double(sorted[sorted.count * 99 / 100]) / 1000
            print(head + "\"executor\": \"\(options.executor)\", \"p50_us\": \(p50), \"p99_us\": \(p99)}")
        case "pub", "sub":
            let seconds = try await options.workload == "pub" ? workloads.publish() : workloads.subscribe()
            let rate = Int(Double(options.messages) / seconds)
            print(head + "\"delivery\": \"\(options.delivery)\", \"messages_per_second\": \(rate)}")
        default: throw Misuse("unknown workload \(options.workload)")
        }
    }
}
