@testable import NATSClient
import Reactor
import Testing

@Suite struct DeliveryRunTests {
    @Test func aRunTakesMessagesOfOneSubscriptionUpToItsCapacity() {
        var run = DeliveryRun()
        let received = ReceivedBlock(payloads: ["a"])
        #expect(run.accepts(3) == false)
        run.begin(3, in: received.block)
        #expect(run.accepts(4) == false)
        for _ in 0..<DeliveryRun.capacity {
            #expect(run.accepts(3) == true)
            run.append(received.layouts[0])
        }
        #expect(run.accepts(3) == false)
    }

    @Test func anEmptiedRunLetsItsBlockGo() {
        weak var block: ReceiveBlock?
        var run = DeliveryRun()
        func fill() {
            let received = ReceivedBlock(payloads: ["a"])
            block = received.block
            run.begin(1, in: received.block)
            run.append(received.layouts[0])
        }
        fill()
        #expect(block != nil)
        run.removeAll()
        #expect(block == nil)
        #expect(run.isEmpty == true)
        #expect(run.accepts(1) == false)
    }
}
