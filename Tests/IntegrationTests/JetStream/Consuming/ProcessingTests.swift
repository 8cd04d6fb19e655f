import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("JetStream: processing") struct ProcessingTests {
    @Test("what a handler finishes is acknowledged, and what it refuses comes again", arguments: Backend.tested)
    func retries(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(100).createConsumer(.init(durable: "worker"))
            let handled = Recorder<Int>()
            let task = Task {
                try await consumer.process(.init(maximumMessages: 20), concurrency: 4) { message in
                    struct NotYet: Error {}
                    if message.number.isMultiple(of: 10), message.deliveries == 1 { throw NotYet() }
                    handled.append(message.number)
                }
            }
            try await consumer.awaitFloor(100)
            task.cancel()
            _ = await task.result
            #expect(handled.all.sorted() == Array(1...100))
        }
    }

    @Test("a message whose handler takes long isn't given out again", arguments: Backend.tested)
    func keepAlive(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementWait = .seconds(4)
            let consumer = try await js.filledStream(1).createConsumer(configuration)
            let deliveries = Recorder<UInt64>()
            let task = Task {
                try await consumer.process(keepAliveInterval: .milliseconds(200)) { message in
                    deliveries.append(message.deliveries ?? 0)
                    try await Task.sleep(for: .seconds(6))
                }
            }
            try await consumer.awaitFloor(1)
            task.cancel()
            _ = await task.result
            #expect(deliveries.all == [1])
        }
    }

    @Test("an acknowledgement that can't be said doesn't end it: the message comes again", arguments: Backend.tested)
    func unsaid(_ backend: Backend) async throws {
        try await withJetStream(backend, within: .seconds(120)) { bench, js in
            var configuration = ConsumerConfiguration(durable: "worker")
            configuration.acknowledgementWait = .seconds(2)
            let consumer = try await js.filledStream(1) { $0.storage = .file }.createConsumer(configuration)
            let nats = try await bench.connect { $0.outbound.whileDisconnected = .failFast }
            let worker = try nats.jetStream().unverifiedStream("EVENTS").unverifiedConsumer("worker")
            let deliveries = Counter()
            let task = Task {
                try await worker.process { _ in
                    deliveries.increase()
                    guard deliveries.value == 1 else { return }
                    bench.server.kill()
                    try await eventually("the connection is lost") { nats.status == .reconnecting }
                }
            }
            try await eventually("it can't be said") { deliveries.value == 1 && nats.status == .reconnecting }
            try await bench.server.restart()
            try await eventually("it is said", within: .seconds(60)) {
                (try? await consumer.info())?.acknowledgementFloor.stream == 1
            }
            #expect(deliveries.value > 1)
            task.cancel()
            _ = await task.result
        }
    }

    @Test("a cancelled task gives everything back", arguments: Backend.tested)
    func cancelled(_ backend: Backend) async throws {
        try await withJetStream(backend) { _, js in
            let consumer = try await js.filledStream(30).createConsumer(.init(durable: "worker"))
            let began = Recorder<Int>()
            let task = Task {
                try await consumer.process(.init(maximumMessages: 10)) { message in
                    began.append(message.number)
                    try await Task.sleep(for: .seconds(600))
                }
            }
            try await eventually("one is being handled, and others wait") {
                let pending = try await consumer.info().acknowledgementsPending
                return began.count == 1 && pending == 10
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            var numbers: Set<Int> = []
            for message in try await consumer.fetch(30, timeout: .seconds(25)) { numbers.insert(message.number) }
            #expect(numbers == Set(1...30))
        }
    }
}
