import NATSClient
import NATSStores

/// A message through a publisher's window costs no allocation; one with a receipt costs the receipt, and its result.
struct StreamPublishChecks {
    let nats: NATSConnection

    func run(_ measurement: inout Measurement) async throws {
        let js = nats.jetStream()
        var configuration = StreamConfiguration(name: "CHECK", subjects: ["check.>"])
        configuration.storage = .memory
        configuration.maximumMessages = 1_000
        _ = try await js.createStream(configuration)
        let payload = [UInt8](repeating: 0x61, count: 128)
        let publisher = js.asyncPublisher(window: .init(messages: 512))
        try await measurement.check("stream publish, window", atMost: 0.05, repetitions: 10_000) { count in
            for _ in 0..<count { try await publisher.publish("check.1", payload) }
            try await publisher.flush()
        }
        let identified = js.asyncPublisher(window: .init(messages: 512), options: .exactlyOnce())
        try await measurement.check("stream publish, window, generated ids", atMost: 0.05, repetitions: 10_000) { count in
            for _ in 0..<count { try await identified.publish("check.1", payload) }
            try await identified.flush()
        }
        try await receipts(of: publisher, payload, &measurement)
        try await js.deleteStream("CHECK")
    }

    private func receipts(
        of publisher: AsyncPublisher, _ payload: [UInt8], _ measurement: inout Measurement
    ) async throws {
        try await measurement.check("stream publish, receipts that nobody awaits", atMost: 1.1, repetitions: 10_000) { count in
            for _ in 0..<count { _ = try await publisher.submit("check.1", payload) }
            try await publisher.flush()
        }
        try await measurement.check("stream publish, receipts, awaited", atMost: 2, repetitions: 1_000) { count in
            for _ in 0..<count { _ = try await publisher.submit("check.1", payload).acknowledgement() }
        }
    }
}
