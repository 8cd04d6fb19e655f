import NATSClient

/// The measured loops. Each checks what it measures, and returns seconds.
struct Workloads {
    let nats: NATSConnection
    let options: Options
    private let clock = ContinuousClock()
    private static let subject = "bench.stream"

    /// Publishes, and counts until the server's PONG behind the last message.
    func publish() async throws -> Double {
        let payload = [UInt8](repeating: 0x61, count: options.size)
        let start = clock.now
        for _ in 0..<options.messages { try await nats.publish(Self.subject, payload) }
        try await nats.flush(timeout: .seconds(60))
        return seconds(since: start)
    }

    /// Receives what a flooding server, or a publisher elsewhere, sends; from the first message on.
    func subscribe() async throws -> Double {
        switch options.delivery {
        case "inline": return try await inline()
        case "batches": return try await batches()
        default: return try await sequence()
        }
    }

    /// One request after the other, to a responder elsewhere. Sorted latencies in nanoseconds.
    func request() async throws -> [UInt64] {
        let payload = [UInt8](repeating: 0x61, count: options.size)
        var latencies: [UInt64] = []
        latencies.reserveCapacity(options.messages)
        for round in 0..<(options.messages + options.messages / 10) {
            let start = clock.now
            let reply = try await nats.request("bench.echo", payload)
            guard reply.bytes.count == options.size else { throw Misuse("a reply has another size") }
            guard round >= options.messages / 10 else { continue }
            latencies.append(UInt64(seconds(since: start) * 1e9))
        }
        return latencies.sorted()
    }

    private func inline() async throws -> Double {
        let (done, finish) = AsyncStream.makeStream(of: Double.self)
        let counter = InlineCounter(options, clock) { finish.yield($0) }
        try await nats.subscribe(Self.subject) { counter.receive($0.bytes.count) }
        for await seconds in done { return seconds }
        throw Misuse("the connection ended")
    }

    private func batches() async throws -> Double {
        let subscription = try await nats.subscribe(Self.subject, limits: limits)
        var received = 0
        var start = clock.now
        for try await batch in subscription.batches {
            if received == 0 { start = clock.now }
            for message in batch where message.bytes.count != options.size { throw Misuse("a message of another size") }
            received += batch.count
            if received >= options.messages { break }
        }
        return try checked(received, seconds(since: start))
    }

    private func sequence() async throws -> Double {
        let subscription = try await nats.subscribe(Self.subject, limits: limits)
        var received = 0
        var start = clock.now
        for try await message in subscription {
            if received == 0 { start = clock.now }
            guard message.bytes.count == options.size else { throw Misuse("a message of another size") }
            received += 1
            if received >= options.messages { break }
        }
        return try checked(received, seconds(since: start))
    }

    private var limits: SubscriptionLimits { SubscriptionLimits(messages: options.messages, bytes: 1 << 34) }

    private func checked(_ received: Int, _ seconds: Double) throws -> Double {
        guard received >= options.messages, nats.statistics.messagesDropped == 0 else { throw Misuse("messages are missing") }
        return seconds
    }

    private func seconds(since start: ContinuousClock.Instant) -> Double { Double(start.duration(to: clock.now)) }
}

extension Double {
    init(_ duration: Duration) {
        self = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}

/// Counts on the reactor's thread.
///
/// `@unchecked Sendable`: an inline handler is only called on that thread.
final class InlineCounter: @unchecked Sendable {
    private let options: Options
    private let clock: ContinuousClock
    private let done: @Sendable (Double) -> Void
    private var received = 0
    private var start: ContinuousClock.Instant?

    init(_ options: Options, _ clock: ContinuousClock, done: @escaping @Sendable (Double) -> Void) {
        self.options = options
        self.clock = clock
        self.done = done
    }

    func receive(_ size: Int) {
        guard size == options.size else { return }
        if received == 0 { start = clock.now }
        received += 1
        if received == options.messages, let start { done(Double(start.duration(to: clock.now))) }
    }
}
