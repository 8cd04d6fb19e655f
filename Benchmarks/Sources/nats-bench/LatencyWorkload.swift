import NATSClient

extension Bench {
    /// `latency`: open loop, from the intended start of each message to its arrival at ourselves.
    func latency() async throws -> Outcome {
        let connections = try await connectAll()
        guard let receiver = connections.first, let sender = connections.last else { throw Failure("no connections") }
        let measured = options.messages ?? max(1, Int(Double(options.rate) * (options.duration ?? 10)))
        let schedule = Schedule(rate: options.rate, warmup: options.warmup ?? 0, measured: measured)
        let subject = options.subject ?? receiver.newInbox()
        let meter = LatencyMeter(schedule, MessageExpectation(options))
        let consumer = Consumer(
            nats: receiver, subject: subject, delivery: options.delivery, responds: false, observer: meter)
        let subscribed = try await consumer.subscribe()

        // Time for the last message to come back.
        let limit = Duration.seconds(schedule.seconds + 10)
        async let consumed = within(limit) { try await consumer.consume(subscribed) }
        let pacer = Pacer(
            publisher: try sender.publisher(for: subject), payload: options.payloadBytes,
            headers: try options.messageHeaders(), schedule: schedule)
        let pace = try await pacer.run(meter)
        _ = try await consumed

        var outcome = Outcome(
            messages: measured, window: try meter.window(from: pace.start), percentiles: meter.latencies.percentiles)
        outcome.notes = [("sent at most late, us", (Double(pace.lateMaxNanoseconds) / 1e3).fixed(1))]
        if !schedule.isKept(lateAtEndNanoseconds: pace.lateAtEndNanoseconds) {
            let late = (Double(pace.lateAtEndNanoseconds) / 1e6).fixed(1)
            outcome.complaint =
                "the schedule could not be kept: at \(options.rate) messages/s the last one left \(late) ms late"
        }
        return outcome
    }
}
