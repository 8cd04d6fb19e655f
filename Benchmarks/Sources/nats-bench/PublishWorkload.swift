import NATSClient

extension Bench {
    /// `pub`: from the first publish to the PONG behind the last, on every connection.
    func publish() async throws -> Outcome {
        let connections = try await connectAll()
        let producers = try connections.flatMap { nats in
            let producer = try Producer(nats, options)
            return repeatElement(producer, count: options.tasks)
        }
        _ = try await publish(options.warmup ?? 0, by: producers, until: nil)
        try await flush(connections)

        let start = Usage.now
        let deadline = options.duration.map { start.nanoseconds + UInt64($0 * 1e9) }
        let published = try await publish(options.streamMessages, by: producers, until: deadline)
        try await flush(connections)
        return Outcome(messages: published, window: Window(from: start))
    }

    private func publish(_ count: Int, by producers: [Producer], until deadline: UInt64?) async throws -> Int {
        if producers.count == 1 { return try await producers[0].publish(count, untilNanoseconds: deadline) }
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for (index, producer) in producers.enumerated() {
                let share = share(of: count, part: index, of: producers.count)
                group.addTask { try await producer.publish(share, untilNanoseconds: deadline) }
            }
            return try await group.reduce(0, +)
        }
    }

    private func flush(_ connections: [NATSConnection]) async throws {
        if connections.count == 1 { return try await connections[0].flush(timeout: .seconds(60)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for nats in connections { group.addTask { try await nats.flush(timeout: .seconds(60)) } }
            try await group.waitForAll()
        }
    }
}
