import NATSClient
import Reactor
import Synchronization
import TestSupport

extension SoakActivity {
    static let deliveries: [SoakActivity] = [
        SoakActivity(name: "next that is cancelled", count: 500) { bench, count in
            try await bench.withConnection { nats in
                let subscription = try await nats.subscribe("n")
                for round in 0..<count {
                    let task = Task(executorPreference: HelperExecutor.shared) {
                        _ = try await subscription.next(timeout: .seconds(1_000))
                    }
                    if round % 2 == 0 { await Task.yield() }
                    task.cancel()
                    try await expectFailure("next") { try await task.value }
                }
            }
        },
        SoakActivity(name: "next that times out", count: 500) { bench, count in
            try await bench.withConnection { nats in
                let subscription = try await nats.subscribe("n")
                for _ in 0..<count {
                    try await expectFailure("next") { _ = try await subscription.next(timeout: .microseconds(10)) }
                }
            }
        },
        SoakActivity(name: "batches", count: 500) { bench, count in
            try await bench.withConnection { nats in
                let subscription = try await nats.subscribe("n")
                for _ in 0..<count { try await nats.publish("n", "x") }
                var received = 0
                for try await batch in subscription.batches {
                    received += batch.count
                    if received == count { break }
                }
            }
        },
        SoakActivity(name: "overflow", count: 500) { bench, count in
            try await bench.withConnection { nats in
                let limits = SubscriptionLimits(messages: 10, bytes: 1 << 20)
                let subscription = try await nats.subscribe("n", limits: limits)
                for _ in 0..<count { try await nats.publish("n", "x") }
                try await nats.flush()
                try await become("messages are dropped") {
                    subscription.statistics.droppedMessages == UInt64(count - 10)
                }
            }
        },
        SoakActivity(name: "messages that are kept for a while", count: 500) { bench, count in
            try await bench.withConnection { nats in
                let subscription = try await nats.subscribe("n")
                let payload = [UInt8](repeating: 1, count: 1_000)
                for _ in 0..<count { try await nats.publish("n", payload) }
                var kept: [Message] = []
                while kept.count < count, let message = try await subscription.next() { kept.append(message) }
            }
        },
    ]

    static let others: [SoakActivity] = [
        SoakActivity(name: "events that nobody reads", count: 500) { bench, count in
            try await bench.withConnection { nats in
                for _ in 0..<count { _ = nats.events }
            }
        },
        SoakActivity(name: "events that are left", count: 100) { bench, count in
            try await bench.withConnection { nats in
                for _ in 0..<count {
                    for await _ in nats.events { break }
                    let task = Task(executorPreference: HelperExecutor.shared) { for await _ in nats.events {} }
                    task.cancel()
                    await task.value
                }
            }
        },
        SoakActivity(name: "round-trip time, user and trace", count: 50) { bench, count in
            try await bench.withConnection { nats in
                for _ in 0..<count {
                    _ = try await nats.roundTripTime()
                    _ = try await nats.userInfo()
                    _ = try await nats.trace("n")
                }
            }
        },
        SoakActivity(name: "reload TLS", count: 50) { bench, count in
            try await bench.withConnection { options in
                options.tls = TLSConfiguration(trustRoots: .file(bench.authority))
            } _: { nats in
                for _ in 0..<count { try await nats.reloadTLS() }
            }
        },
    ]

    /// One block is kept in each repetition.
    static let control = SoakActivity(name: "control", count: 1) { _, _ in
        kept.withLock { $0.append([UInt8](repeating: UInt8(truncatingIfNeeded: $0.count), count: 64)) }
    }
}

private let kept = Mutex<[[UInt8]]>([])
