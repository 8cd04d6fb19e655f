@testable import NATSClient
import Testing

@Suite struct WireLedgerTests {
    @Test func eachPongConfirmsWhatStoodBeforeItsPing() {
        var ledger = WireLedger()
        ledger.recordPublishes(3)
        ledger.recordPing()
        ledger.recordPing(after: 2)
        ledger.recordPublishes(5)
        ledger.recordPing()
        #expect(ledger.recordPong() == 3)
        #expect(ledger.recordPong() == 2)
        #expect(ledger.recordPong() == 3)
        #expect(ledger.taken == 8)
    }

    @Test func aPongWithoutAPingConfirmsNothing() {
        var ledger = WireLedger()
        ledger.recordPublishes(3)
        #expect(ledger.recordPong() == 0)
        ledger.recordPing()
        #expect(ledger.recordPong() == 3)
        #expect(ledger.recordPong() == 0)
    }

    @Test func nothingIsConfirmedTwice() {
        var ledger = WireLedger()
        ledger.recordPublishes(2)
        ledger.recordPing()
        ledger.recordPing()
        #expect(ledger.recordPong() == 2)
        #expect(ledger.recordPong() == 0)
    }
}
