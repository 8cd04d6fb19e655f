import Testing

@testable import NATSChaos

/// The books of `Scripts/chaos --jetstream` find what they are made to find.
@Suite struct KillsBookTests {
    private static let clock = RunClock()
    private let verdict = Verdict(name: "test", clock: clock, isQuiet: true)

    private func book(isExact: Bool = true) -> KillsBook { KillsBook("S", isExact: isExact, verdict: verdict) }

    private func reading(of book: KillsBook) -> KillsReading {
        KillsReading("reader", of: book, clock: Self.clock, verdict: verdict)
    }

    @Test func aSoundRunBreaksNothing() {
        let book = book()
        let reading = reading(of: book)
        for number in 0..<3 {
            book.begun()
            let row = KillsBook.Row("a", number)
            book.acknowledged(row, at: UInt64(number + 1))
            reading.got(row.text, at: UInt64(number + 1), isOrdered: true)
            reading.confirmed(UInt64(number + 1))
        }
        let count = book.judge(last: 3)
        #expect(count.acknowledged == 3 && count.stored == 3 && count.lost == 0 && count.duplicates == 0)
        #expect(reading.judge(last: 3, confirms: true).missing == 0)
        #expect(verdict.count == 0)
    }

    @Test func whatWasAcknowledgedAndIsNotThereIsLost() {
        let book = book()
        book.acknowledged(KillsBook.Row("a", 0), at: 1)
        book.acknowledged(KillsBook.Row("a", 1), at: 2)
        book.seen(KillsBook.Row("a", 0), at: 1, by: "reader")
        #expect(book.judge(last: 1).lost == 1)
        #expect(verdict.count == 1)
    }

    @Test(arguments: [true, false]) func aMessageThatIsStoredTwiceBreaksALawWhereItMustNot(isExact: Bool) {
        let book = book(isExact: isExact)
        for sequence in 1...2 as ClosedRange<UInt64> { book.seen(KillsBook.Row("a", 0), at: sequence, by: "reader") }
        #expect(book.judge(last: 2).duplicates == 1)
        #expect(verdict.count == (isExact ? 1 : 0))
    }

    @Test func whoeverSeesSomethingElseBreaksALaw() {
        let book = book()
        book.seen(KillsBook.Row("a", 0), at: 1, by: "one")
        book.seen(KillsBook.Row("a", 1), at: 1, by: "another")
        book.seen(KillsBook.Row("noise"), at: 2, by: "one")
        #expect(verdict.count == 2)
    }

    @Test func gapsRepetitionsAndWhatIsMissingAreFound() {
        let reading = reading(of: book())
        reading.got("a 0", at: 1, isOrdered: true)
        reading.got("a 2", at: 3, isOrdered: true)
        reading.got("a 2", at: 3, isOrdered: true)
        #expect(verdict.count == 2)
        let count = reading.judge(last: 3, confirms: true)
        #expect(count.missing == 1 && count.repetitions == 1 && count.confirmed == 0)
        #expect(verdict.count == 4)
    }

    @Test func anOutcomeThatIsToldTwiceIsFound() {
        let book = book()
        book.acknowledged(KillsBook.Row("a", 0), at: 1)
        book.acknowledged(KillsBook.Row("a", 0), at: 1)
        #expect(verdict.count == 1)
    }
}
