import AwaitPointKit
import TestSupport
import Testing

@testable import NATSClient

extension AwaitPoint {
    /// Messages and events that don't come. A close ends sequences; the end of the loop is an error to them.
    static let deliveries: [AwaitPoint] = [
        delivery("Subscription.next()") { _ = try await $0.next() },
        delivery("Subscription.next(timeout)") { _ = try await $0.next(timeout: forEver) },
        delivery("Subscription.makeAsyncIterator()") { for try await _ in $0 {} },
        delivery("Subscription.Iterator.next()") { subscription in
            var iterator = subscription.makeAsyncIterator()
            _ = try await iterator.next()
        },
        delivery("Subscription.Iterator.next(isolation)") { subscription in
            var iterator = subscription.makeAsyncIterator()
            _ = try await iterator.next(isolation: nil)
        },
        delivery("Subscription.Batches.makeAsyncIterator()") { for try await _ in $0.batches {} },
        delivery("Subscription.Batches.Iterator.next()") { subscription in
            var iterator = subscription.batches.makeAsyncIterator()
            _ = try await iterator.next()
        },
        delivery("Subscription.Batches.Iterator.next(isolation)") { subscription in
            var iterator = subscription.batches.makeAsyncIterator()
            _ = try await iterator.next(isolation: nil)
        },
        AwaitPoint(
            calls: ["InlineSubscription.ended()"], reason: "the end", closed: .returned
        ) { nats, _ in
            let subscription = try await nats.subscribe("a", confirmed: false) { _ in }
            let queue = subscription.sink.endQueue
            return WaitingCall(on: nats, isWaiting: { queue.waiterCount == 1 }) { _ = try await subscription.ended() }
        },
        AwaitPoint(
            calls: ["ConnectionEvents.makeAsyncIterator()"], reason: "the next event", cancelled: .returned, closed: .returned
        ) { nats, _ in
            let isListening = Flag()
            return WaitingCall(on: nats, isWaiting: { isListening.isSet }) {
                let events = nats.events
                isListening.set()
                for await _ in events {}
            }
        },
    ]

    private static func delivery(
        _ call: String, _ body: @escaping @Sendable (Subscription) async throws -> Void
    ) -> AwaitPoint {
        AwaitPoint(
            calls: [call], reason: "a message", closed: .returned, shutDown: .failure(.connectionClosed)
        ) { nats, _ in
            let subscription = try await nats.subscribe("a", confirmed: false)
            return WaitingCall(
                on: nats, isWaiting: { subscription.queue.waiterCount == 1 },
                check: { #expect(subscription.queue.waiterCount == 0) }
            ) { try await body(subscription) }
        }
    }
}
