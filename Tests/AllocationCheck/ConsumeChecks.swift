import NATSClient
import NATSStores
import Synchronization

/// Messages that are pulled from a consumer cost no allocation, whichever way they are delivered, and neither do the requests for
/// them and their acknowledgements.
struct ConsumeChecks {
    let nats: NATSConnection
    private let repetitions = 5_000
    /// A buffer may still grow, depending on how the threads meet. Less than half of what one allocation for each request would
    /// be: a request is for 250 messages.
    private let buffers = 0.0016
    private let payload = [UInt8](repeating: 0x61, count: 128)

    func run(_ measurement: inout Measurement) async throws {
        let js = nats.jetStream()
        var configuration = StreamConfiguration(name: "ALLOCATIONS", subjects: ["allocations"])
        configuration.storage = .memory
        configuration.maximumMessages = 50_000
        try? await js.unverifiedStream("ALLOCATIONS").delete()
        let stream = try await js.createStream(configuration)
        try await inline(stream, &measurement)
        try await sequence(stream, &measurement)
        try await batches(stream, &measurement)
        try await stream.delete()
    }

    private func inline(_ stream: JetStream.Stream, _ measurement: inout Measurement) async throws {
        let received = Counter()
        let consumption = try await stream.createConsumer(newMessages()).consume { message in
            try? message.ack()
            received.value.wrappingAdd(1, ordering: .relaxed)
        }
        try await measurement.check("pull inline, acknowledged", atMost: buffers, repetitions: repetitions) { count in
            let target = received.value.load(ordering: .relaxed) + count
            try await publish(count)
            // Without a timer of its own: the loop is turned by flushes.
            while received.value.load(ordering: .relaxed) < target { try await nats.flush() }
        }
        try await consumption.drain()
    }

    private func sequence(_ stream: JetStream.Stream, _ measurement: inout Measurement) async throws {
        let messages = try await stream.createConsumer(newMessages()).messages()
        try await measurement.check("pull sequence, acknowledged", atMost: buffers, repetitions: repetitions) { count in
            try await publish(count)
            var left = count
            for try await message in messages {
                try message.ack()
                left -= 1
                if left == 0 { break }
            }
        }
        try await messages.drain()
    }

    private func batches(_ stream: JetStream.Stream, _ measurement: inout Measurement) async throws {
        let messages = try await stream.createConsumer(newMessages()).messages()
        var batches = messages.batches.makeAsyncIterator()
        try await measurement.check("pull batches, acknowledged", atMost: buffers, repetitions: repetitions) { count in
            try await publish(count)
            var left = count
            while left > 0, let batch = try await batches.next() {
                try batch.ackEach()
                left -= batch.count
            }
        }
        try await messages.drain()
    }

    /// The server's answers aren't asked for: they would be somebody else's allocations.
    private func publish(_ count: Int) async throws {
        for _ in 0..<count { try await nats.publish("allocations", payload) }
        try await nats.flush()
    }

    private func newMessages() -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration()
        configuration.deliverPolicy = .new
        configuration.maximumAcknowledgementsPending = -1
        return configuration
    }
}
