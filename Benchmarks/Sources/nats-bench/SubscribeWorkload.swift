import NATSClient

extension Bench {
    /// `sub`: from the first message to the last, on all connections.
    func receive() async throws -> Outcome {
        let connections = try await connectAll()
        let consumers = connections.enumerated().map { index, nats in
            let counter = ArrivalCounter(
                messages: share(of: options.streamMessages, part: index, of: connections.count),
                warmup: options.warmup ?? 0, expectation: MessageExpectation(options))
            return Consumer(
                nats: nats, subject: options.streamSubject, delivery: options.delivery, responds: false,
                observer: counter)
        }
        let work = try await subscribeAll(consumers)
        let isComplete = try await within(options.limit, work)
        let windows = try consumers.map { consumer in
            if !isComplete, try consumer.observer.window() == nil {
                throw Failure("no message arrived in \(options.duration ?? 0) seconds")
            }
            return try consumer.observer.completeWindow()
        }
        guard let window = Window(spanning: windows) else { throw Failure("no connections") }
        let dropped = connections.map(\.statistics.messagesDropped).reduce(0, +)
        guard dropped == 0 else { throw Failure("\(dropped) messages were dropped") }
        return Outcome(messages: options.streamMessages, window: window)
    }

    /// Subscribes, says so, and returns what is to be done then.
    func subscribeAll(
        _ consumers: [Consumer<ArrivalCounter>]
    ) async throws -> @Sendable () async throws -> Void {
        var subscribed: [(Consumer<ArrivalCounter>, Consumer<ArrivalCounter>.Subscribed)] = []
        for consumer in consumers { subscribed.append((consumer, try await consumer.subscribe())) }
        StandardError.write("ready")
        return { [subscribed] in
            if subscribed.count == 1 { return try await subscribed[0].0.consume(subscribed[0].1) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (consumer, subscription) in subscribed {
                    group.addTask { try await consumer.consume(subscription) }
                }
                try await group.waitForAll()
            }
        }
    }
}
