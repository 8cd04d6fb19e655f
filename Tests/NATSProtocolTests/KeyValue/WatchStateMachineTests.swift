import Testing

@testable import NATSProtocol

/// When everything is there, and when something may be missing.
@Suite struct WatchStateMachineTests {
    private struct Watch {
        var machine: WatchStateMachine

        init(seesEverything: Bool = true) { machine = WatchStateMachine(seesEverything: seesEverything) }

        mutating func began(_ pending: UInt64, behind sequence: UInt64? = nil) -> WatchStateMachine.Event? {
            machine.began(pending: pending, behind: sequence)
        }

        /// What is told before and behind a message.
        mutating func received(_ sequence: UInt64, _ pending: UInt64) -> [WatchStateMachine.Event] {
            let (before, after) = machine.received(sequence, pending: pending)
            return [before, after].compactMap(\.self)
        }

        mutating func resumed(_ first: UInt64, _ last: UInt64, deleted: Int = 0) -> WatchStateMachine.Event? {
            machine.resumed(.init(firstSequence: first, lastSequence: last, deletedCount: deleted))
        }
    }

    @Test func anEmptyBucketIsCompleteAtOnce() {
        var watch = Watch()
        #expect(watch.began(0) == .complete)
        #expect(watch.received(1, 0) == [])
        #expect(watch.machine.idle() == [])
    }

    @Test func whatWentInABucketThatWasEmptyIsAGap() {
        var watch = Watch()
        #expect(watch.began(0, behind: 0) == .complete)
        #expect(watch.resumed(1, 3) == nil)
        #expect(watch.began(2, behind: 0) == nil)
        #expect(watch.received(1, 1) == [])
        #expect(watch.received(3, 0) == [.gap(from: 2)])
    }

    @Test func itIsCompleteBehindTheLastThatWasThere() {
        var watch = Watch()
        #expect(watch.began(3) == nil)
        #expect(watch.received(4, 2) == [])
        #expect(watch.received(7, 1) == [])
        #expect(!watch.machine.isComplete)
        #expect(watch.received(9, 0) == [.complete])
        #expect(watch.received(10, 0) == [])
    }

    /// Of three keys one is overwritten before it comes: its new value comes behind another key's that is new.
    @Test func whatTookThePlaceOfOthersIsAwaitedToo() {
        var watch = Watch()
        _ = watch.began(3)
        #expect(watch.received(1, 3) == [])
        #expect(watch.received(3, 2) == [])
        #expect(watch.received(4, 1) == [])
        #expect(watch.received(5, 7) == [.complete])
    }

    @Test func itIsCompleteAlsoWhenOthersWriteAllTheTime() {
        var watch = Watch()
        _ = watch.began(2)
        #expect(watch.received(1, 5) == [])
        #expect(watch.received(2, 3) == [])
        #expect(watch.received(3, 4) == [])
        #expect(watch.received(4, 5) == [])
        #expect(watch.received(5, 6) == [.complete])
    }

    /// The last of them was removed without a trace.
    @Test func silenceMeansThatNothingMoreWaits() {
        var watch = Watch()
        _ = watch.began(2)
        #expect(watch.received(1, 1) == [])
        #expect(watch.machine.idle() == [.complete])
        #expect(watch.machine.idle() == [])
    }

    @Test func anInterruptedBeginningIsCountedAnew() {
        var watch = Watch()
        _ = watch.began(5)
        _ = watch.received(1, 4)
        _ = watch.received(2, 3)
        #expect(watch.resumed(1, 5) == nil)
        #expect(watch.began(3, behind: 2) == nil)
        #expect(watch.received(3, 2) == [])
        #expect(watch.received(4, 1) == [])
        #expect(watch.received(5, 0) == [.complete])
    }

    @Test func ofTheWholeBucketEveryNumberIsAwaitedAfterAnInterruption() {
        var watch = Watch()
        _ = watch.began(0, behind: 10)
        #expect(watch.resumed(1, 13, deleted: 5) == nil)
        #expect(watch.began(3, behind: 10) == nil)
        #expect(watch.received(11, 2) == [])
        #expect(watch.received(12, 1) == [])
        #expect(watch.received(13, 0) == [])
        // What a slow reader doesn't see later was overwritten.
        #expect(watch.received(20, 0) == [])
    }

    @Test func aNumberThatIsLeftOutIsAGap() {
        var watch = Watch()
        _ = watch.began(0, behind: 10)
        _ = watch.resumed(1, 14)
        _ = watch.began(2, behind: 10)
        #expect(watch.received(11, 1) == [])
        #expect(watch.received(14, 0) == [.gap(from: 12)])
        #expect(watch.received(16, 0) == [])
    }

    @Test func whatIsMissingAtTheEndIsAGap() {
        var watch = Watch()
        _ = watch.began(0, behind: 10)
        _ = watch.resumed(1, 12)
        _ = watch.began(1, behind: 10)
        #expect(watch.received(11, 0) == [])
        #expect(watch.machine.idle() == [.gap(from: 12)])
        #expect(watch.machine.idle() == [])
    }

    @Test func ofSomeKeysEveryRemovalIsAGap() {
        var watch = Watch(seesEverything: false)
        _ = watch.began(0, behind: 10)
        #expect(watch.resumed(1, 20) == nil)
        #expect(watch.resumed(1, 20, deleted: 1) == .gap(from: 11))
        #expect(watch.resumed(15, 20) == .gap(from: 11))
        #expect(watch.resumed(15, 10, deleted: 3) == nil)
    }

    @Test func whatNobodyKnowsIsAGap() {
        var watch = Watch()
        #expect(watch.machine.resumed(nil) == nil)
        _ = watch.began(0, behind: 10)
        #expect(watch.machine.resumed(nil) == .gap(from: 11))
    }
}
