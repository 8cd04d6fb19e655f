import NATSProtocol
import Testing

@Suite("FastBatchFlow") struct FastBatchFlowTests {
    private static func flow(messages: Int) -> FastBatchFlow {
        var flow = FastBatchFlow()
        for _ in 0..<messages { _ = flow.next() }
        return flow
    }

    @Test("nothing more goes out before the stream's first word, nor while two of its words are outstanding")
    func bound() {
        var flow = Self.flow(messages: 1)
        #expect(!flow.mayGoOn)
        flow.received(upTo: 1, interval: 2)
        for number: UInt64 in 2...5 {
            #expect(flow.mayGoOn)
            let next = flow.next()
            #expect(next == number)
        }
        #expect(!flow.mayGoOn)
        flow.received(upTo: 3, interval: 2)
        #expect(flow.mayGoOn)
    }

    @Test(
        "numbers that no server says harm nothing",
        arguments: [(1, UInt64.max), (.max, .max), (.max, 0), (0, 0), (2, 1 << 63)] as [(UInt64, UInt64)])
    func anyWord(_ word: (UInt64, UInt64)) {
        var flow = Self.flow(messages: 3)
        flow.received(upTo: word.0, interval: word.1)
        #expect(flow.acknowledged <= 3)
        flow.received(upTo: .max)
        #expect(flow.acknowledged == 3)
        while flow.mayGoOn { _ = flow.next() }
        #expect(flow.sequence <= 3 + 2 * 65_535)
    }

    @Test("a number that is taken back is the next message's, also when the stream has acknowledged it already")
    func takeBack() {
        var flow = Self.flow(messages: 2)
        flow.received(upTo: 2, interval: 10)
        let isTaken = flow.takeBack(2)
        #expect(isTaken)
        #expect(flow.acknowledged == 1)
        #expect(flow.mayGoOn)
        let isTakenAgain = flow.takeBack(2)
        #expect(!isTakenAgain)
        let next = flow.next()
        #expect(next == 2)
    }
}
