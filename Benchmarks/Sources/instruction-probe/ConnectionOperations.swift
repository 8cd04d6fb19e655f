import NATSClient
import Synchronization

/// Operations of a connection to one of `Peers`, done on the thread of its event loop.
struct ConnectionOperations {
    let port: UInt16
    let loop: EventLoop
    /// Publishes between two flushes: far below the high-water mark.
    private static let burst = 1_000

    func run(_ operation: Operation, _ count: Int) async throws {
        var options = ConnectOptions()
        options.eventLoop = loop
        let nats = try await NATS.connect("nats://127.0.0.1:\(port)", options: options)
        let payload = [UInt8](repeating: 0x78, count: 128)
        let headers: Headers = ["Trace": "0123456789abcdef", "Origin": "sensor-7", "Kind": "temperature"]
        switch operation {
        case .decode, .decodeHeaders, .encode: break
        case .publish:
            try await inBursts(count, nats) { for _ in 0..<$0 { try nats.publish("bench.stream", payload) } }
        case .publishPrepared:
            let publisher = try nats.publisher(for: "bench.stream")
            try await inBursts(count, nats) { for _ in 0..<$0 { try publisher.publish(payload) } }
        case .publishHeaders:
            try await inBursts(count, nats) {
                for _ in 0..<$0 { try nats.publish("bench.stream", payload, headers: headers) }
            }
        case .deliverInline: try await deliverInline(count, nats)
        case .deliverSequence:
            let subscription = try await nats.subscribe("bench.stream", limits: .unbounded)
            var left = count
            for try await message in subscription {
                guard message.bytes.count == 128 else { fail("a message of another size") }
                left -= 1
                if left == 0 { break }
            }
        case .deliverBatches:
            let subscription = try await nats.subscribe("bench.stream", limits: .unbounded)
            var left = count
            for try await batch in subscription.batches {
                for message in batch where message.bytes.count != 128 { fail("a message of another size") }
                left -= batch.count
                if left <= 0 { break }
            }
        case .request:
            for _ in 0..<count { _ = try await nats.request("bench.echo", payload) }
        case .requests64: try await requests(count, nats, payload, inFlight: 64)
        }
        await nats.close()
    }

    /// Each task waits for its reply before it asks again: all requests of one turn leave together.
    private func requests(_ count: Int, _ nats: NATSConnection, _ payload: [UInt8], inFlight: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<inFlight {
                let share = count * (index + 1) / inFlight - count * index / inFlight
                group.addTask { for _ in 0..<share { _ = try await nats.request("bench.echo", payload) } }
            }
            try await group.waitForAll()
        }
    }

    private func inBursts(
        _ count: Int, _ nats: NATSConnection, _ publish: (Int) throws -> Void
    ) async throws {
        var left = count
        while left > 0 {
            let burst = min(left, Self.burst)
            try publish(burst)
            try await nats.flush()
            left -= burst
        }
    }

    private func deliverInline(_ count: Int, _ nats: NATSConnection) async throws {
        let received = Counter()
        let (all, last) = AsyncStream<Void>.makeStream()
        try await nats.subscribe("bench.stream") { view in
            guard view.bytes.count == 128 else { fail("a message of another size") }
            if received.value.wrappingAdd(1, ordering: .relaxed).newValue == count { last.finish() }
        }
        for await _ in all {}
    }
}

final class Counter: Sendable {
    let value = Atomic<Int>(0)
}

extension SubscriptionLimits {
    static let unbounded = SubscriptionLimits(messages: .max, bytes: .max)
}
