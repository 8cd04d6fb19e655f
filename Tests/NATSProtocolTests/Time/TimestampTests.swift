import Testing

@testable import NATSProtocol

@Suite struct TimestampTests {
    @Test func advancingStopsAtTheDistantFuture() {
        #expect(Timestamp(nanoseconds: 5).advanced(byNanoseconds: 7) == Timestamp(nanoseconds: 12))
        #expect(Timestamp(nanoseconds: .max - 1).advanced(byNanoseconds: 1) == .distantFuture)
        #expect(Timestamp(nanoseconds: .max - 1).advanced(byNanoseconds: 2) == .distantFuture)
        #expect(Timestamp.distantFuture.advanced(byNanoseconds: .max) == .distantFuture)
    }

    @Test func theSpanSinceALaterInstantIsZero() {
        let early = Timestamp(nanoseconds: 10)
        let late = Timestamp(nanoseconds: 25)
        #expect(late.nanoseconds(since: early) == 15)
        #expect(early.nanoseconds(since: late) == 0)
        #expect(early < late)
    }
}
