@testable import NATSClient
import Testing

/// Pain point P26: silent drops, one event per message, bytes that are charged and never refunded.
@Suite struct DeliveryQueueStateTests {
    @Test func aFullQueueDropsTheNewestAndKeepsWhatItHas() {
        var state = DeliveryQueueState(limits: SubscriptionLimits(messages: 2))
        let outcome = state.offer(ReceivedBlock(payloads: ["a", "b", "c", "d"]))
        #expect(outcome.dropped == 2)
        #expect(outcome.droppedBytes == 4)
        #expect(state.popTexts() == ["a", "b"])
    }

    @Test func aFullQueueCanDropTheOldest() {
        var state = DeliveryQueueState(limits: SubscriptionLimits(messages: 2, overflow: .dropOldest))
        let outcome = state.offer(ReceivedBlock(payloads: ["a", "b", "c", "d"]))
        #expect(outcome.dropped == 2)
        #expect(state.popTexts() == ["c", "d"])
    }

    @Test func aMessageLargerThanTheWholeQueueIsDroppedUnderEveryPolicy() {
        for policy in [OverflowPolicy.dropNewest, .dropOldest, .fail] {
            var state = DeliveryQueueState(limits: SubscriptionLimits(bytes: 4, overflow: policy))
            let outcome = state.offer(ReceivedBlock(payloads: ["abcd"]))
            #expect(outcome.dropped == 1)
            #expect(state.counts.pendingMessages == 0)
            #expect(state.counts.pendingBytes == 0)
        }
    }

    @Test func aMessageThatCouldNeverFitDropsNoOther() {
        var state = DeliveryQueueState(limits: SubscriptionLimits(bytes: 8, overflow: .dropOldest))
        #expect(state.offer(ReceivedBlock(payloads: ["a", "b", "123456789"])).dropped == 1)
        #expect(state.popTexts() == ["a", "b"])
    }

    @Test func aQueueThatFailsDeliversNoMessageFromBehindTheGap() {
        var state = DeliveryQueueState(limits: SubscriptionLimits(bytes: 6, overflow: .fail))
        let outcome = state.offer(ReceivedBlock(payloads: ["ab", "abcdefgh", "c"]))
        #expect(outcome.mustFail)
        #expect(state.offer(ReceivedBlock(payloads: ["d"])).dropped == 1)
        #expect(state.popTexts() == ["ab"])
        #expect(state.counts.received == 4)
        #expect(state.counts.droppedMessages == 3)
    }

    @Test func anEpisodeBeginsWithItsFirstDropAndEndsWhenHalfIsFree() {
        var state = DeliveryQueueState(limits: SubscriptionLimits(messages: 4))
        #expect(state.offer(ReceivedBlock(payloads: ["a", "b", "c", "d"])).startsEpisode == false)
        #expect(state.offer(ReceivedBlock(payloads: ["x", "y"])).startsEpisode == true)
        #expect(state.offer(ReceivedBlock(payloads: ["z"])).startsEpisode == false)
        _ = state.pop()
        _ = state.pop()
        #expect(state.offer(ReceivedBlock(payloads: ["e"])).endedEpisode == nil)
        _ = state.pop()
        _ = state.pop()
        let ended = state.offer(ReceivedBlock(payloads: ["f"])).endedEpisode
        #expect(ended?.messages == 3)
        #expect(ended?.bytes == 6)
        #expect(state.offer(ReceivedBlock(payloads: ["1", "2", "3", "4"])).startsEpisode == true)
    }

    @Test func whatWaitsIsDeliveredBeforeTheEnd() {
        var state = DeliveryQueueState(limits: SubscriptionLimits())
        _ = state.offer(ReceivedBlock(payloads: ["a"]))
        state.finish(NATSError(.slowConsumer, "first"))
        state.finish(NATSError(.timedOut, "second"))
        _ = state.offer(ReceivedBlock(payloads: ["late"]))
        #expect(state.popTexts() == ["a"])
        guard case .ended = state.pop() else { return #expect(Bool(false), "no end") }
        #expect(state.failure?.code == .slowConsumer)
        #expect(state.counts.received == 1)
    }

    /// Random offers, pops and swaps against a model: nothing is counted twice, and all that is charged is refunded.
    @Test(arguments: [OverflowPolicy.dropNewest, .dropOldest])
    func theAccountIsExactUnderRandomOperations(policy: OverflowPolicy) {
        for seed in UInt64(1)...20 {
            var random = SeededRandom(seed: seed)
            let limits = SubscriptionLimits(
                messages: 1 + random.below(20), bytes: 10 + random.below(200), overflow: policy)
            var state = DeliveryQueueState(limits: limits)
            var model: [String] = []
            var (offered, delivered) = (0, 0)
            for step in 0..<500 {
                switch random.below(4) {
                case 0, 1:
                    let texts = (0..<random.below(8)).map { _ in
                        String(repeating: "x", count: random.below(30)) + "\(step)"
                    }
                    _ = state.offer(ReceivedBlock(payloads: texts))
                    offered += texts.count
                    Self.offer(texts, to: &model, limits)
                case 2:
                    if case .message(let message) = state.pop() {
                        delivered += 1
                        #expect(message.string == model.removeFirst(), "seed \(seed)")
                    }
                default:
                    var ring = MessageRing()
                    guard random.below(8) == 0, case .messages = state.popAll(into: &ring) else { continue }
                    delivered += ring.count
                    model.removeAll()
                }
                let counts = state.counts
                #expect(counts.pendingMessages == model.count, "seed \(seed)")
                #expect(counts.pendingBytes == model.reduce(0) { $0 + $1.utf8.count + 1 }, "seed \(seed)")
                #expect(counts.received == UInt64(offered), "seed \(seed)")
                #expect(offered == delivered + Int(counts.droppedMessages) + counts.pendingMessages, "seed \(seed)")
                #expect(counts.pendingMessages <= limits.messages && counts.pendingBytes <= limits.bytes)
            }
            _ = state.popTexts()
            #expect(state.counts.pendingBytes == 0 && state.counts.pendingMessages == 0, "seed \(seed)")
        }
    }

    /// What a queue with these limits holds; one byte more is charged for the subject.
    private static func offer(_ texts: [String], to model: inout [String], _ limits: SubscriptionLimits) {
        func bytes() -> Int { model.reduce(0) { $0 + $1.utf8.count + 1 } }
        for text in texts {
            let size = text.utf8.count + 1
            if limits.overflow == .dropOldest, size <= limits.bytes {
                while !model.isEmpty, model.count >= limits.messages || bytes() + size > limits.bytes {
                    model.removeFirst()
                }
            }
            if model.count < limits.messages, bytes() + size <= limits.bytes { model.append(text) }
        }
    }
}
