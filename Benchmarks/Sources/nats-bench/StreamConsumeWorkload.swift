import NATSStores

/// The workloads of JetStream that read: a stream in memory is made and filled before anything is measured.
extension Bench {
    /// `js-consume`: from the first message to the last, of a consumer that is pulled from continuously.
    func consumeStream() async throws -> Outcome {
        let consumer = try await filledConsumer()
        let counter = streamCounter()
        let window = ConsumeOptions(maximumMessages: options.window)
        let acknowledges = options.ack
        let work: @Sendable () async throws -> Void =
            switch options.delivery {
            case .inline: { try await handle(consumer, window, counter, acknowledges) }
            case .batches: { try await takeBatches(consumer, window, counter, acknowledges) }
            case .sequence: { try await takeMessages(consumer, window, counter, acknowledges) }
            }
        return try await outcome(of: counter, work)
    }

    /// `js-fetch`: fetches of `--inflight` messages, one after the other.
    func fetchStream() async throws -> Outcome {
        let consumer = try await filledConsumer()
        let counter = streamCounter()
        let (count, acknowledges) = (options.window, options.ack)
        return try await outcome(of: counter) {
            while true {
                for message in try await consumer.fetch(count) {
                    let isEnough = !counter.arrived(payloadSize: message.bytes.count, hasHeaders: message.hasHeaders)
                    if acknowledges { try message.ack() }
                    if isEnough { return }
                }
            }
        }
    }

    func outcome(
        of counter: ArrivalCounter, _ work: @escaping @Sendable () async throws -> Void
    ) async throws -> Outcome {
        guard try await within(options.limit, work) else { throw Failure("not all messages came in time") }
        return Outcome(messages: options.streamMessages, window: try counter.completeWindow())
    }

    func streamCounter() -> ArrivalCounter {
        ArrivalCounter(
            messages: options.streamMessages, warmup: options.warmup ?? 0, expectation: MessageExpectation(options))
    }

    /// The stream has what is measured and as much again as waits at most, so that no request has to wait at its end.
    private func filledConsumer() async throws -> JetStream.Consumer {
        let nats = try await connect()
        let js = nats.jetStream()
        let subject = "\(options.streamSubject).js"
        var configuration = StreamConfiguration(name: "NATS_BENCH", subjects: [subject])
        configuration.storage = options.storage == .file ? .file : .memory
        try? await js.unverifiedStream("NATS_BENCH").delete()
        let stream = try await js.createStream(configuration)
        let publisher = try nats.publisher(for: subject)
        let (payload, headers) = (options.payloadBytes, try options.messageHeaders())
        for number in 1...(options.streamMessages + (options.warmup ?? 0) + options.window) {
            // What a server takes without acknowledgements is bounded.
            if number % 1000 == 0 {
                _ = try await nats.request(subject, payload, headers: headers)
            } else {
                try await publisher.publish(payload, headers: headers)
            }
        }
        try await nats.flush()
        var consumer = ConsumerConfiguration(name: "nats-bench")
        consumer.acknowledgementPolicy = options.ack ? .explicit : .none
        if options.ack { consumer.maximumAcknowledgementsPending = -1 }
        consumer.isInMemory = true
        return try await stream.createConsumer(consumer)
    }
}

private func handle(
    _ consumer: JetStream.Consumer, _ window: ConsumeOptions, _ counter: ArrivalCounter, _ acknowledges: Bool
) async throws {
    let (done, end) = AsyncStream<Void>.makeStream()
    let consumption = consumer.consume(window) { message in
        if !counter.arrived(payloadSize: message.bytes.count, hasHeaders: message.hasHeaders) { end.finish() }
        // Refused only when the connection ends, which the consumption reports.
        if acknowledges { try? message.ack() }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in done {} }
        group.addTask { if let error = try await consumption.ended() { throw error } }
        defer { group.cancelAll() }
        try await group.next()
    }
}

private func takeMessages(
    _ consumer: JetStream.Consumer, _ window: ConsumeOptions, _ counter: ArrivalCounter, _ acknowledges: Bool
) async throws {
    for try await message in consumer.messages(window) {
        let isEnough = !counter.arrived(payloadSize: message.bytes.count, hasHeaders: message.hasHeaders)
        if acknowledges { try message.ack() }
        if isEnough { return }
    }
}

private func takeBatches(
    _ consumer: JetStream.Consumer, _ window: ConsumeOptions, _ counter: ArrivalCounter, _ acknowledges: Bool
) async throws {
    for try await batch in consumer.messages(window).batches {
        for message in batch {
            let isEnough = !counter.arrived(payloadSize: message.bytes.count, hasHeaders: message.hasHeaders)
            if acknowledges { try message.ack() }
            if isEnough { return }
        }
    }
}
