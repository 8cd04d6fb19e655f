import ArgumentParser
import NATSClient

/// The options of all workloads.
struct Options: ParsableArguments {
    @Option(help: "Server address. (default: $NATS_URL, else nats://127.0.0.1:4222)")
    var url: String?
    @Option(help: "Subject. (default: bench.echo for request and reply, else bench.stream; latency: one of its own)")
    var subject: String?
    @Option(help: "Payload size in bytes.")
    var size = 128
    @Option(help: "Measured messages. (default: 1,000,000; request: 10,000; latency: --rate times --duration)")
    var messages: Int?
    @Option(help: "Messages before the measured window. (default: 0; request: a tenth of --messages)")
    var warmup: Int?
    @Option(help: "Headers of each message that is published, or expected.")
    var headers = 0
    @Option(help: "Requests, connects, or messages without acknowledgement, at the same time.")
    var inflight = 1
    @Option(help: "Connections; pub, sub: each has its share of the messages. reply: always 1. (default: 1; connect: 1,000)")
    var connections: Int?
    @Option(help: "Tasks on each connection that publish at the same time.")
    var tasks = 1
    @Option(help: "Kernel interface: automatic, epoll or io_uring.")
    var backend = Backend.automatic
    @Option(help: "How messages are received: inline, batches or sequence.")
    var delivery = Delivery.inline
    @Option(help: "Form of the published payload: prepared (publisher), bytes, span or string.")
    var payload = PayloadForm.bytes
    @Option(help: "Where our tasks run: global, or reactor (the event loop's thread).")
    var executor = Executor.global
    @Option(help: "Messages per second of latency.")
    var rate = 1_000
    @Option(help: "Seconds. idle, latency: how long (default: 10); pub, request, reply: at most; sub: fails beyond.")
    var duration: Double?
    @Option(help: "CPU that the event loop's thread is pinned to.")
    var pin: Int?
    @Option(help: "Microseconds that the event loop polls before it sleeps.")
    var busyPoll = 0
    @Option(help: "PEM file of the authority that the server's certificate must be signed by; TLS is required then.")
    var tlsCa: String?
    @Option(help: "Where the stream of the js and kv workloads keeps its messages: memory or file.")
    var storage = Storage.memory
    @Flag(help: "js-consume, js-fetch: acknowledges each message.")
    var ack = false
    @Flag(help: "Prints one JSON line.")
    var json = false

    func validate(_ workload: Workload) throws {
        try check("--size", size, 0...(1 << 30))
        try check("--messages", messages, 1...Self.countMax)
        try check("--warmup", warmup, 0...Self.countMax)
        try check("--headers", headers, 0...1_000)
        try check("--inflight", inflight, 1...1_000_000)
        try check("--connections", connections, 1...1_000_000)
        try check("--tasks", tasks, 1...10_000)
        try check("--rate", rate, 1...10_000_000)
        try check("--pin", pin, 0...4_095)
        try check("--busy-poll", busyPoll, 0...1_000_000)
        if let duration, !(duration > 0 && duration <= 1e6) {
            throw ValidationError("--duration must be more than 0 and at most 1,000,000 seconds")
        }
        if workload == .sub, connectionCount(workload) > streamMessages {
            throw ValidationError("sub needs at least one message for each of --connections")
        }
        if workload == .latency, let connections, connections > 2 {
            throw ValidationError("latency uses 1 connection, or 2: one to publish, one to receive")
        }
    }

    private func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("\(name) must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }

    private static let countMax = 1_000_000_000_000
}

enum Backend: String, CaseIterable, ExpressibleByArgument {
    case automatic, epoll
    case ioUring = "io_uring"

    var configured: EventLoop.Configuration.Backend {
        switch self {
        case .automatic: .automatic
        case .epoll: .epoll
        case .ioUring: .ioUring
        }
    }
}

enum Delivery: String, CaseIterable, ExpressibleByArgument {
    case inline, batches, sequence
}

enum PayloadForm: String, CaseIterable, ExpressibleByArgument {
    case prepared, bytes, span, string
}

enum Storage: String, CaseIterable, ExpressibleByArgument {
    case memory, file
}

enum Executor: String, CaseIterable, ExpressibleByArgument {
    case global, reactor
}
