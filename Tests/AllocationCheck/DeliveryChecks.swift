import NATSClient
import Synchronization

/// Delivery costs no allocation in any of its three forms.
///
/// The consumers of the sequence and the batches run on the event loop's executor, where resuming costs nothing. On
/// the global executor Swift itself allocates twice for each time that a waiting task is resumed: once for a burst,
/// not for a message.
struct DeliveryChecks {
    let nats: NATSConnection
    private let repetitions = 10_000
    private let payload = [UInt8](repeating: 0x61, count: 128)

    func run(_ measurement: inout Measurement) async throws {
        try await inline(&measurement)
        try await sequence(&measurement)
        try await batches(&measurement)
        try await globalExecutor(&measurement)
    }

    private func inline(_ measurement: inout Measurement) async throws {
        let received = Counter()
        let subscription = try await nats.subscribe("deliver.inline") { view in
            received.value.wrappingAdd(view.bytes.count, ordering: .relaxed)
        }
        try await measurement.check("deliver inline", atMost: 0, repetitions: repetitions) { count in
            for _ in 0..<count { try await nats.publish("deliver.inline", payload) }
            try await nats.flush()
        }
        try await subscription.drain()
        guard received.value.load(ordering: .relaxed) > 0 else { throw NothingDelivered() }
    }

    private func sequence(_ measurement: inout Measurement) async throws {
        let subscription = try await nats.subscribe("deliver.sequence")
        try await measurement.check("deliver sequence", atMost: 0, repetitions: repetitions) { count in
            for _ in 0..<count { try await nats.publish("deliver.sequence", payload) }
            var left = count
            for try await message in subscription {
                guard message.bytes.count == payload.count else { throw NothingDelivered() }
                left -= 1
                if left == 0 { break }
            }
        }
    }

    private func batches(_ measurement: inout Measurement) async throws {
        let subscription = try await nats.subscribe("deliver.batches")
        var batches = subscription.batches.makeAsyncIterator()
        try await measurement.check("deliver batches", atMost: 0, repetitions: repetitions) { count in
            for _ in 0..<count { try await nats.publish("deliver.batches", payload) }
            var left = count
            while left > 0, let batch = try await batches.next() { left -= batch.count }
        }
    }

    private func globalExecutor(_ measurement: inout Measurement) async throws {
        let subscription = try await nats.subscribe("deliver.global")
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await measurement.check(
                "deliver sequence, consumer on the global executor", atMost: 0.05, repetitions: repetitions
            ) { count in
                for _ in 0..<count { try await nats.publish("deliver.global", payload) }
                var left = count
                for try await _ in subscription {
                    left -= 1
                    if left == 0 { break }
                }
            }
        }
    }
}

final class Counter: Sendable {
    let value = Atomic<Int>(0)
}

struct NothingDelivered: Error {}
