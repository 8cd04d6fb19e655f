import NATSClient
import NATSStores

extension Bench {
    /// `js-pub`: from the first publish to the last acknowledgement.
    func publishToStream() async throws -> Outcome {
        let connections = try await connectAll()
        return try await withBenchStream(connections[0]) {
            let payload = options.payloadBytes
            let headers = try options.messageHeaders()
            let publishers = connections.map {
                $0.jetStream().asyncPublisher(window: .init(messages: options.inflight, bytes: 64 << 20))
            }
            let producers = publishers.map {
                StreamProducer(publisher: $0, subject: options.streamSubject, payload: payload, headers: headers)
            }
            try await publish(options.warmup ?? 0, by: producers)
            let start = Usage.now
            try await publish(options.streamMessages, by: producers)
            let window = Window(from: start)
            let failed = publishers.map(\.statistics.failed).reduce(0, +)
            guard failed == 0 else { throw Failure("\(failed) messages were not stored") }
            return Outcome(messages: options.streamMessages, window: window)
        }
    }

    private func publish(_ count: Int, by producers: [StreamProducer]) async throws {
        if producers.count == 1 { return try await producers[0].publish(count) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, producer) in producers.enumerated() {
                let share = share(of: count, part: index, of: producers.count)
                group.addTask { try await producer.publish(share) }
            }
            try await group.waitForAll()
        }
    }

    /// `js-pub-sync`: closed loop, `--inflight` publishes at any time.
    func publishToStreamOneByOne() async throws -> Outcome {
        let connections = try await connectAll()
        return try await withBenchStream(connections[0]) {
            let payload = options.payloadBytes
            let headers = try options.messageHeaders()
            let streams = connections.map { $0.jetStream() }
            return try await closedLoop { [subject = options.streamSubject] lane, _ in
                try await streams[lane % streams.count].publish(subject, payload, headers: headers)
            }
        }
    }

    /// Does `operation` over and over, `--inflight` at a time, each lane counting its own.
    func closedLoop(
        _ operation: @escaping @Sendable (_ lane: Int, _ number: Int) async throws -> Void
    ) async throws -> Outcome {
        let messages = options.messages ?? 10_000
        let latencies = Latencies()
        func run(_ count: Int, into latencies: Latencies) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<options.inflight {
                    let share = share(of: count, part: lane, of: options.inflight)
                    group.addTask {
                        for number in 0..<share {
                            let start = MonotonicClock.nanoseconds
                            try await operation(lane, number)
                            latencies.record(nanoseconds: MonotonicClock.nanoseconds - start, recorder: lane)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        try await run(options.warmup ?? messages / 10, into: Latencies())
        let start = Usage.now
        try await run(messages, into: latencies)
        return Outcome(messages: messages, window: Window(from: start), percentiles: latencies.percentiles)
    }

    /// Runs `body` beside a stream for the workload's subject, which is new, and gone afterwards.
    private func withBenchStream(
        _ nats: NATSConnection, _ body: () async throws -> Outcome
    ) async throws -> Outcome {
        let js = nats.jetStream()
        var configuration = StreamConfiguration(name: "BENCH", subjects: [options.streamSubject])
        configuration.storage = options.storage == .file ? .file : .memory
        _ = try await js.createStream(configuration)
        let result: Result<Outcome, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await js.deleteStream("BENCH")
        return try result.get()
    }
}

/// Publishes one message over and over through a window.
private struct StreamProducer: Sendable {
    let publisher: AsyncPublisher
    let subject: String
    let payload: [UInt8]
    let headers: Headers?

    /// Returns when all are acknowledged.
    func publish(_ count: Int) async throws {
        var left = count
        while left > 0 {
            left -= try publishNow(left)
            guard left > 0 else { break }
            try await publisher.publish(subject, payload, headers: headers)
            left -= 1
        }
        try await publisher.flush(timeout: .seconds(60))
    }

    /// - Returns: how many were published before the window was full.
    private func publishNow(_ count: Int) throws(NATSError) -> Int {
        var published = 0
        do throws(NATSError) {
            while published < count {
                try publisher.publish(subject, payload, headers: headers)
                published &+= 1
            }
        } catch  where error.code == .windowFull || error.code == .outboundFull {
        }
        return published
    }
}
