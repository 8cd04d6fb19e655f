import NATSClient

extension Bench {
    /// `connect`: connects and closes, `--inflight` at once.
    func connectAndClose() async throws -> Outcome {
        let count = options.connectionCount(workload)
        try await connectAndClose(options.warmup ?? 0, Latencies(), recorder: 0)
        let latencies = Latencies()
        let start = Usage.now
        if options.inflight == 1 {
            try await connectAndClose(count, latencies, recorder: 0)
        } else {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<options.inflight {
                    let share = share(of: count, part: index, of: options.inflight)
                    group.addTask { try await connectAndClose(share, latencies, recorder: index) }
                }
                try await group.waitForAll()
            }
        }
        return Outcome(messages: count, window: Window(from: start), percentiles: latencies.percentiles)
    }

    private func connectAndClose(_ count: Int, _ latencies: Latencies, recorder: Int) async throws {
        for _ in 0..<count {
            let start = MonotonicClock.nanoseconds
            let nats = try await connect()
            latencies.record(nanoseconds: MonotonicClock.nanoseconds - start, recorder: recorder)
            await nats.close()
        }
    }
}
