import NATSClient

extension Bench {
    /// `reply`: answers, on one connection, until the messages or the time are used up.
    func reply() async throws -> Outcome {
        let nats = try await connect()
        let counter = ArrivalCounter(
            messages: options.messages, warmup: options.warmup ?? 0, expectation: MessageExpectation())
        let consumer = Consumer(
            nats: nats, subject: options.echoSubject, delivery: options.delivery, responds: true, observer: counter)
        let work = try await subscribeAll([consumer])
        _ = try await within(options.limit, work)
        guard let window = try counter.window() else { throw Failure("no request arrived") }
        try await nats.flush()
        if nats.status != .connected { throw Failure("the connection was lost") }
        return Outcome(messages: counter.measured, window: window)
    }
}
