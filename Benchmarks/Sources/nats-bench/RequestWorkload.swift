import NATSClient

extension Bench {
    /// `request`: closed loop, `--inflight` requests at any time.
    func request() async throws -> Outcome {
        let connections = try await connectAll()
        let requesters = try (0..<options.inflight).map {
            try Requester(connections[$0 % connections.count], options, index: $0)
        }
        let messages = options.messages ?? 10_000
        _ = try await request(options.warmup ?? messages / 10, by: requesters, into: Latencies(), until: nil)

        let latencies = Latencies()
        let start = Usage.now
        let deadline = options.duration.map { start.nanoseconds + UInt64($0 * 1e9) }
        let answered = try await request(messages, by: requesters, into: latencies, until: deadline)
        return Outcome(messages: answered, window: Window(from: start), percentiles: latencies.percentiles)
    }

    private func request(
        _ count: Int, by requesters: [Requester], into latencies: Latencies, until deadline: UInt64?
    ) async throws -> Int {
        if requesters.count == 1 { return try await requesters[0].request(count, into: latencies, until: deadline) }
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for (index, requester) in requesters.enumerated() {
                let share = share(of: count, part: index, of: requesters.count)
                group.addTask { try await requester.request(share, into: latencies, until: deadline) }
            }
            return try await group.reduce(0, +)
        }
    }
}

/// One request after the other.
private struct Requester: Sendable {
    let nats: NATSConnection
    let subject: String
    let payload: [UInt8]
    let headers: Headers?
    let index: Int

    init(_ nats: NATSConnection, _ options: Options, index: Int) throws {
        self.nats = nats
        self.index = index
        subject = options.echoSubject
        payload = options.payloadBytes
        headers = try options.messageHeaders()
    }

    /// - Returns: how many were answered.
    func request(_ count: Int, into latencies: Latencies, until deadline: UInt64?) async throws -> Int {
        for answered in 0..<count {
            let start = MonotonicClock.nanoseconds
            if let deadline, start >= deadline { return answered }
            let reply = try await nats.request(subject, payload, headers: headers)
            latencies.record(nanoseconds: MonotonicClock.nanoseconds - start, recorder: index)
            guard reply.bytes.count == payload.count else {
                throw Failure("a reply has \(reply.bytes.count) bytes instead of \(payload.count)")
            }
        }
        return count
    }
}
