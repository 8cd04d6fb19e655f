import Testing

@testable import NATSProtocol

@Suite struct PingLedgerTests {
    @Test func fencesComeBackInTheirOrder() {
        var ledger = PingLedger(generation: 3)
        ledger.record(.handshake, generation: 3)
        ledger.record(.user(1), generation: 3)
        #expect(ledger.popFirst() == .handshake)
        ledger.record(.liveness, generation: 3)
        #expect(ledger.popFirst() == .user(1))
        #expect(ledger.popFirst() == .liveness)
        #expect(ledger.popFirst() == nil)
    }

    @Test func pingOfAnEarlierConnectionIsDropped() {
        var ledger = PingLedger(generation: 3)
        ledger.record(.user(1), generation: 2)
        #expect(ledger.popFirst() == nil)
    }

    @Test func withoutConnectionNothingIsRecorded() {
        var ledger = PingLedger(generation: nil)
        ledger.record(.user(1), generation: 0)
        #expect(ledger.count == 0)
    }

    @Test func longQueueKeepsItsOrderWhileItIsCompacted() {
        var ledger = PingLedger(generation: 1)
        for number in UInt64(0)..<1000 { ledger.record(.user(number), generation: 1) }
        for number in UInt64(0)..<1000 {
            #expect(ledger.popFirst() == .user(number))
            #expect(ledger.count == 999 - Int(number))
        }
        #expect(ledger.popFirst() == nil)
    }
}
