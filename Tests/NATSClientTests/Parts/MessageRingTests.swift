@testable import NATSClient
import Reactor
import Testing

@Suite struct MessageRingTests {
    @Test func messagesComeOutInOrderAcrossGrowthAndWrapAround() {
        var ring = MessageRing()
        var expected: [String] = []
        var got: [String] = []
        for round in 0..<40 {
            let texts = (0..<(round % 7)).map { "\(round).\($0)" }
            let received = ReceivedBlock(payloads: texts)
            ring.append(received.layouts.span, of: received.block)
            expected += texts
            for _ in 0..<(round % 5) { if let message = ring.popFirst() { got.append(message.string) } }
        }
        while let message = ring.popFirst() { got.append(message.string) }
        #expect(got == expected)
        #expect(ring.count == 0)
    }

    @Test func anEmptyRunChangesNothing() {
        var ring = MessageRing()
        let received = ReceivedBlock(payloads: [])
        ring.append(received.layouts.span, of: received.block)
        #expect(ring.count == 0)
        #expect(ring.popFirst() == nil as Message?)
    }

    @Test func everyReferenceToABlockIsGivenBack() {
        weak var popped: ReceiveBlock?
        weak var removed: ReceiveBlock?
        weak var left: ReceiveBlock?
        func run() {
            var ring = MessageRing()
            let first = ReceivedBlock(payloads: ["a", "b"])
            popped = first.block
            ring.append(first.layouts.span, of: first.block)
            _ = ring.popFirst()
            _ = ring.popFirst()
            let second = ReceivedBlock(payloads: ["c", "d", "e"])
            removed = second.block
            ring.append(second.layouts.span, of: second.block)
            ring.removeAll()
            let third = ReceivedBlock(payloads: ["f", "g"])
            left = third.block
            ring.append(third.layouts.span, of: third.block)
        }
        run()
        #expect(popped == nil)
        #expect(removed == nil)
        #expect(left == nil)
    }

    @Test func aMessageReadByIndexStaysInTheRing() {
        var ring = MessageRing()
        let received = ReceivedBlock(payloads: ["a", "b"])
        ring.append(received.layouts.span, of: received.block)
        #expect(ring.message(at: 1).string == "b")
        #expect(ring.count == 2)
        #expect(ring.popFirst()?.string == "a")
        #expect(ring.message(at: 0).string == "b")
    }
}

private func == (left: Message?, right: Message?) -> Bool { left?.string == right?.string }
