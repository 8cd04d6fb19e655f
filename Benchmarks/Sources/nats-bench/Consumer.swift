import NATSClient

/// Is told of every message.
protocol ArrivalObserver: AnyObject, Sendable {
    /// Called by one thread at a time.
    ///
    /// - Returns: false when that was the last message of interest.
    func arrived(payloadSize: Int, hasHeaders: Bool) -> Bool
}

/// Receives by one of the three deliveries, and answers if it should.
struct Consumer<Observer: ArrivalObserver>: Sendable {
    let nats: NATSConnection
    let subject: String
    let delivery: Delivery
    let responds: Bool
    let observer: Observer

    /// What is subscribed; an inline one is at work already.
    enum Subscribed: Sendable {
        case inline(InlineSubscription, done: AsyncStream<Void>)
        case queue(Subscription)
    }

    /// Returns when the server has confirmed.
    func subscribe() async throws -> Subscribed {
        guard delivery == .inline else {
            let unlimited = SubscriptionLimits(messages: .max, bytes: .max)
            return .queue(try await nats.subscribe(subject, limits: unlimited))
        }
        let (done, end) = AsyncStream<Void>.makeStream()
        let subscription = try await nats.subscribe(subject) { [responds, observer] view in
            // Refused only when the connection ends, which the subscription reports.
            if responds { try? view.respond(view.bytes) }
            if !observer.arrived(payloadSize: view.bytes.count, hasHeaders: view.hasHeaders) { end.finish() }
        }
        return .inline(subscription, done: done)
    }

    /// Returns after the last message of interest, or when the subscription has ended.
    func consume(_ subscribed: Subscribed) async throws {
        switch (subscribed, delivery) {
        case (.inline(let subscription, let done), _): try await wait(for: done, or: subscription)
        case (.queue(let subscription), .batches): try await batches(of: subscription)
        case (.queue(let subscription), _): try await messages(of: subscription)
        }
    }

    private func messages(of subscription: Subscription) async throws {
        for try await message in subscription {
            if responds { try message.respond(message.bytes) }
            guard observer.arrived(payloadSize: message.bytes.count, hasHeaders: message.hasHeaders) else { return }
        }
    }

    private func batches(of subscription: Subscription) async throws {
        for try await batch in subscription.batches {
            for message in batch {
                if responds { try message.respond(message.bytes) }
                guard observer.arrived(payloadSize: message.bytes.count, hasHeaders: message.hasHeaders) else { return }
            }
        }
    }

    private func wait(for done: AsyncStream<Void>, or subscription: InlineSubscription) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in done {} }
            group.addTask { if let error = try await subscription.ended() { throw error } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
