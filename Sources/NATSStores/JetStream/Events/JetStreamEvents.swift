public import NATSClient
internal import NATSProtocol

/// What servers tell about JetStream, as it happens. Nothing is kept for those who don't listen.
///
/// As with any subscription, a consumer that is too slow loses events (``Subscription/statistics`` counts them), several iterations
/// share them, and the subscription survives reconnects and ends with the last reference to it.
///
/// - Throws: when iterated, what ``Subscription`` throws.
public struct JetStreamEvents<Element: Sendable>: AsyncSequence, Sendable {
    /// Where the events come from, for its statistics, and to end it.
    public let subscription: Subscription
    /// Nil: it isn't what it should be, and is passed over.
    let element: @Sendable (Message) -> Element?

    /// Takes event after event.
    public struct Iterator: AsyncIteratorProtocol {
        let events: JetStreamEvents

        public mutating func next() async throws -> Element? {
            while let message = try await events.subscription.next() {
                if let element = events.element(message) { return element }
            }
            return nil
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(events: self) }
}

extension JetStream {
    /// Listens to what servers tell about streams and consumers of this account.
    ///
    ///     for try await advisory in try await js.advisories(.stream("ORDERS")) {
    ///         if case .quorumLost(let change) = advisory.event { … }
    ///     }
    ///
    /// - Parameters:
    ///   - topic: which of them. Default: all.
    ///   - queueGroup: members of the group share them.
    /// - Throws: what `subscribe` throws. When it returns, the server knows that somebody listens.
    public func advisories(
        _ topic: AdvisoryTopic = .all, queueGroup: String? = nil
    ) async throws -> JetStreamEvents<Advisory> {
        let subscription = try await connection.subscribe(topic.subject, queueGroup: queueGroup)
        return JetStreamEvents(subscription: subscription) { Advisory($0.payload) }
    }

    /// Listens to how long acknowledgements take, of consumers with a ``ConsumerConfiguration/sampleFrequency``.
    ///
    /// - Parameters:
    ///   - stream: only of this stream's consumers.
    ///   - consumer: only of consumers of this name.
    ///   - queueGroup: members of the group share them.
    /// - Throws: what `subscribe` throws.
    public func acknowledgementMetrics(
        of stream: String = "*", consumer: String = "*", queueGroup: String? = nil
    ) async throws -> JetStreamEvents<AcknowledgementMetric> {
        let subject = "$JS.EVENT.METRIC.CONSUMER.ACK.\(stream).\(consumer)"
        let subscription = try await connection.subscribe(subject, queueGroup: queueGroup)
        return JetStreamEvents(subscription: subscription) { message in
            try? AcknowledgementMetric(json: message.payload.span)
        }
    }
}
