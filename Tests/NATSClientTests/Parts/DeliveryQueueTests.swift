@testable import NATSClient
import Synchronization
import TestSupport
import Testing

/// Pain points P16 and P21: waiters woken twice or never, messages swallowed by cancellation.
@Suite(.timeLimit(.minutes(1))) struct DeliveryQueueTests {
    @Test func aWaitingConsumerIsWokenByAMessage() async {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        let consumer = Task { await Self.nextText(queue) }
        _ = queue.offer(payloads: ["a"])
        queue.wakeConsumers()
        #expect(await consumer.value == "a")
    }

    @Test func theEndWakesEveryConsumer() async {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        let consumers = (0..<8).map { _ in Task { await Self.nextText(queue) } }
        queue.finish()
        for consumer in consumers { #expect(await consumer.value == nil) }
    }

    /// Another consumer, which runs, takes all that waits into the window before the reactor wakes anybody.
    @Test func aWaitingConsumerIsWokenForWhatARunningOneLeavesInTheWindow() async throws {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        let waiting = Task { await Self.nextText(queue) }
        try await eventually("the consumer waits") { queue.waiterCount == 1 }
        _ = queue.offer(payloads: ["a", "b"])
        guard case .message(let first) = queue.pop() else { return _ = Issue.record("no message") }
        #expect(first.string == "a")
        queue.wakeConsumers()
        try await withDeadline(.seconds(45), "the other consumer") { #expect(await waiting.value == "b") }
    }

    @Test func nothingIsKeptForAnObserverOnceNobodyCanTakeIt() {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        let calls = Mutex(0)
        queue.discardAll()
        _ = queue.offer(payloads: ["a"])
        queue.notifyWhenEmpty { calls.withLock { $0 += 1 } }
        #expect(calls.withLock { $0 } == 1)
        #expect(queue.counts.pendingMessages == 0)
    }

    @Test func aCancelledConsumerReturns() async {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        let consumer = Task { await queue.waitForMessages() }
        consumer.cancel()
        await consumer.value
    }

    /// A deadline that passes between naming a wait and beginning it.
    @Test func aWaitThatIsOverBeforeItBeginsReturnsAtOnce() async throws {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        let ticket = queue.makeTicket()
        queue.wake(ticket)
        try await withDeadline(.seconds(45), "the wait") { await queue.waitForMessages(ticket) { true } }
    }

    @Test func theObserverOfEmptinessIsCalledExactlyOnce() {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        let calls = Mutex(0)
        _ = queue.offer(payloads: ["a", "b"])
        queue.notifyWhenEmpty { calls.withLock { $0 += 1 } }
        _ = queue.pop()
        #expect(calls.withLock { $0 } == 0)
        _ = queue.pop()
        _ = queue.pop()
        #expect(calls.withLock { $0 } == 1)
        queue.notifyWhenEmpty { calls.withLock { $0 += 1 } }
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func whatIsDiscardedIsNotAwaitedByTheObserverOfEmptiness() {
        let queue = DeliveryQueue(limits: SubscriptionLimits())
        let calls = Mutex(0)
        _ = queue.offer(payloads: ["a", "b"])
        queue.notifyWhenEmpty { calls.withLock { $0 += 1 } }
        queue.discardAll()
        _ = queue.pop()
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func aMessageIsEitherDeliveredOrStillThereWhenConsumersAreCancelled() async {
        for seed in UInt64(1)...200 {
            var random = SeededRandom(seed: seed)
            let queue = DeliveryQueue(limits: SubscriptionLimits())
            let consumers = (0..<4).map { _ in
                Task {
                    var count = 0
                    while !Task.isCancelled {
                        if case .message = queue.pop() { count += 1 } else { await queue.waitForMessages() }
                    }
                    return count
                }
            }
            for round in 0..<10 {
                _ = queue.offer(payloads: (0..<(1 + random.below(3))).map { "\($0)" })
                queue.wakeConsumers()
                if round % 3 == 2 { consumers[random.below(4)].cancel() }
                await Task.yield()
            }
            for consumer in consumers { consumer.cancel() }
            var delivered = 0
            for consumer in consumers { delivered += await consumer.value }
            let counts = queue.counts
            #expect(Int(counts.received) == delivered + counts.pendingMessages, "seed \(seed)")
        }
    }

    private static func nextText(_ queue: DeliveryQueue) async -> String? {
        while true {
            switch queue.pop() {
            case .message(let message): return message.string
            case .ended: return nil
            case .empty: await queue.waitForMessages()
            }
        }
    }
}
