import CBenchProcess
import NATSClient

/// Runs one workload on an event loop of its own.
struct Bench {
    let workload: Workload
    let options: Options
    let loop: EventLoop

    init(workload: Workload, options: Options) {
        self.workload = workload
        self.options = options
        loop = EventLoop(
            configuration: .init(
                backend: options.backend.configured, name: "nats-bench", cpu: options.pin,
                busyPoll: .microseconds(options.busyPoll)))
    }

    /// Where the workload's tasks run; nil: on Swift's global executor. A program that has used that one wakes up every
    /// second for ever (libdispatch's monitor of its threads), which isn't what `idle` measures.
    var executor: (any TaskExecutor)? {
        options.executor == .reactor || workload == .idle ? loop.taskExecutor : nil
    }

    @concurrent
    func run() async throws -> Report {
        bench_raise_descriptor_limit()
        let outcome = try await measure()
        if let failure = loop.statistics.pinningFailure { throw Failure("--pin: \(failure.message)") }
        return Report(
            workload: workload, options: options, outcome: outcome, backend: loop.backend?.kind.rawValue,
            peakResidentKilobytes: bench_peak_resident_kilobytes())
    }

    private func measure() async throws -> Outcome {
        switch workload {
        case .pub: try await publish()
        case .sub: try await receive()
        case .request: try await request()
        case .reply: try await reply()
        case .latency: try await latency()
        case .idle: try await idle()
        case .connect: try await connectAndClose()
        case .streamPublish: try await publishToStream()
        case .streamPublishSync: try await publishToStreamOneByOne()
        case .streamConsume: try await consumeStream()
        case .streamFetch: try await fetchStream()
        case .keyPut: try await putKeys()
        case .keyGet: try await getKeys()
        case .keyWatch: try await watchKeys()
        case .objectPut: try await putObject()
        case .objectGet: try await getObject()
        }
    }

    /// A connection that doesn't come back when it is lost: that would spoil the figures.
    func connect() async throws -> NATSConnection {
        var connectOptions = ConnectOptions()
        connectOptions.name = "nats-bench"
        connectOptions.reconnect.isEnabled = false
        connectOptions.eventLoop = loop
        if let authority = options.tlsCa { connectOptions.tls = .init(trustRoots: .file(authority)) }
        return try await NATS.connect(options.url, options: connectOptions)
    }

    /// All of `--connections`, one after the other.
    func connectAll() async throws -> [NATSConnection] {
        var connections: [NATSConnection] = []
        for _ in 0..<options.connectionCount(workload) { connections.append(try await connect()) }
        return connections
    }
}

// MARK: - Values that are derived from options

extension Options {
    func connectionCount(_ workload: Workload) -> Int {
        switch workload {
        // Each of several connections would answer every request.
        case .reply, .streamConsume, .streamFetch, .keyPut, .keyGet, .keyWatch, .objectPut, .objectGet: 1
        case .connect: connections ?? 1_000
        case .pub, .sub, .request, .latency, .idle, .streamPublish, .streamPublishSync: connections ?? 1
        }
    }

    var streamSubject: String { subject ?? "bench.stream" }
    var echoSubject: String { subject ?? "bench.echo" }
    var streamMessages: Int { messages ?? 1_000_000 }

    /// Messages ahead, of the workloads of JetStream.
    var window: Int { inflight > 1 ? inflight : 500 }

    var limit: Duration? { duration.map { .seconds($0) } }

    var payloadBytes: [UInt8] { [UInt8](repeating: 0x78, count: size) }

    /// The headers that all our benchmarks send (Peers/peer.c).
    func messageHeaders() throws -> Headers? {
        guard headers > 0 else { return nil }
        var block = Headers()
        for number in 1...headers { try block.append("Bench-Header-\(number)", "0123456789abcdef") }
        return block
    }
}

/// `count` things for `parts`: each has its share, the first ones one more when it doesn't divide.
func share(of count: Int, part: Int, of parts: Int) -> Int { count / parts + (part < count % parts ? 1 : 0) }

/// Runs `work`, but not beyond `limit`.
///
/// - Returns: whether it ended by itself. Otherwise it was cancelled.
func within(_ limit: Duration?, _ work: @escaping @Sendable () async throws -> Void) async throws -> Bool {
    guard let limit else {
        try await work()
        return true
    }
    return try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            try await work()
            return true
        }
        group.addTask {
            try await Task.sleep(for: limit)
            return false
        }
        defer { group.cancelAll() }
        return try await group.next() ?? true
    }
}
