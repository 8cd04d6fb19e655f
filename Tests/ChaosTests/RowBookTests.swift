import Testing

@testable import NATSChaos

/// The books of chaos runs find what they are made to find.
@Suite("Rows of a publisher") struct RowBookTests {
    private let verdict = Verdict(name: "test", clock: RunClock(), isQuiet: true)

    private func makeBook(isTapped: Bool = true) -> RowBook {
        RowBook(publisher: 0, isTapped: isTapped, witnesses: 2, verdict: verdict)
    }

    private func block(_ rows: Range<Int>, lost: Int = 0) -> RowBook.Block {
        RowBook.Block(rows: rows, lost: lost, seconds: 1...2)
    }

    @Test func rowsThatAreFencedAndSeenAreInOrder() {
        let book = makeBook()
        for row in 0..<10 { book.sent(row, link: 1) }
        book.pinged(link: 1)
        book.ponged(link: 1)
        for row in 0..<10 { book.witnessed(row, by: row % 2) }
        book.fenced(block(0..<10))
        book.settle(before: 3) { _ in false }
        #expect(verdict.count == 0)
        #expect(book.totals.rows == 10)
        #expect(book.totals.fencedOnWire == 10)
    }

    @Test func aRowThatIsSentTwiceIsFound() {
        let book = makeBook()
        book.sent(7, link: 1)
        book.sent(7, link: 2)
        #expect(verdict.count == 1)
    }

    @Test func rowsOutOfOrderAreFound() {
        let book = makeBook()
        book.sent(8, link: 1)
        book.sent(7, link: 1)
        #expect(verdict.count == 1)
    }

    @Test func aRowThatTheClientCallsFencedWithoutAnAnswerIsFound() {
        let book = makeBook()
        for row in 0..<3 { book.sent(row, link: 1) }
        book.pinged(link: 1)
        for row in 0..<3 { book.witnessed(row, by: 0) }
        book.fenced(block(0..<3))
        book.settle(before: 3) { _ in true }
        #expect(verdict.count == 1)
    }

    @Test func whatIsPublishedBehindThePingIsNotFenced() {
        let book = makeBook()
        book.sent(0, link: 1)
        book.pinged(link: 1)
        book.sent(1, link: 1)
        book.ponged(link: 1)
        #expect(book.totals.fencedOnWire == 1)
    }

    @Test(arguments: [false, true]) func aFencedRowThatNobodyHasSeenIsFoundUnlessItsServerDied(hasDied: Bool) {
        let book = makeBook(isTapped: false)
        book.witnessed(0, by: 0)
        book.fenced(block(0..<2))
        book.settle(before: 3) { _ in hasDied }
        #expect(verdict.count == (hasDied ? 0 : 1))
        #expect(book.totals.diedWithServer == 1)
    }

    @Test func asManyAsTheClientCallsLostMayBeUnseen() {
        let book = makeBook(isTapped: false)
        for row in 2..<10 { book.witnessed(row, by: 1) }
        book.fenced(block(0..<10, lost: 2))
        book.settle(before: 3) { _ in false }
        #expect(verdict.count == 0)
        #expect(book.totals.unseenOfLost == 2)
    }

    @Test func aBlockThatEndedBehindTheFenceIsNotJudgedYet() {
        let book = makeBook(isTapped: false)
        book.fenced(block(0..<10))
        book.settle(before: 1.5) { _ in false }
        #expect(verdict.count == 0)
        #expect(book.totals.blocks == 0)
    }

    @Test func aRowThatReachesAWitnessTwiceIsFound() {
        let book = makeBook()
        book.witnessed(3, by: 0)
        book.witnessed(3, by: 1)
        #expect(verdict.count == 0)
        book.witnessed(3, by: 1)
        #expect(verdict.count == 1)
    }

    @Test func rowsOfOneConnectionOvertakeEachOtherNowhere() {
        let book = makeBook()
        for row in 0..<2 { book.sent(row, link: 1) }
        for row in 2..<4 { book.sent(row, link: 2) }
        // Of different connections they may: they come by different servers.
        for row in [2, 0, 3] { book.witnessed(row, by: 0) }
        #expect(verdict.count == 0)
        for row in [1, 0] { book.witnessed(row, by: 1) }
        #expect(verdict.count == 1)
    }
}
