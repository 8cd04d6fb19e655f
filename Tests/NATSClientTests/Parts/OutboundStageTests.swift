@testable import NATSClient
import NATSProtocol
import Testing

@Suite struct OutboundStageTests {
    @Test func publishesControlFramesAndFencesStayInOrder() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        #expect(stage.publish("a", "1") == nil)
        stage.appendOrdered(Array("SUB x 1\r\n".utf8).span, fence: .user(7))
        #expect(stage.publish("b", "2") == nil)
        var buffer = StagedBytes()
        var fences: [StagedFence] = []
        #expect(stage.take(into: &buffer, fences: &fences) == 2)
        #expect(buffer.text == "PUB a 1\r\n1\r\nSUB x 1\r\nPING\r\nPUB b 1\r\n2\r\n")
        #expect(fences.map(\.publishesBefore) == [1])
        #expect(stage.inFlightBytes == buffer.count)
        #expect(stage.hasStagedBytes == false)
    }

    @Test func theLimitCountsWhatIsStagedAndWhatIsUnderWay() {
        var stage = OutboundStage(limitBytes: 24, dropsWhenFull: false)
        #expect(stage.publish("a", "1") == nil)
        var buffer = StagedBytes()
        var fences: [StagedFence] = []
        _ = stage.take(into: &buffer, fences: &fences)
        #expect(stage.publish("a", "2") == nil)
        #expect(stage.publish("a", "3") == .full)
        stage.inFlightBytes = 0
        #expect(stage.publish("a", "3") == nil)
        #expect(stage.account.accepted == 3)
        #expect(stage.account.acceptedBytes == 36)
    }

    @Test func whoWaitsForRoomIsWokenAtHalfOfTheLimitNotForEachMessage() throws {
        var stage = OutboundStage(limitBytes: 100, dropsWhenFull: false)
        let inserted = stage.insertWaiter(.room, subject: "", deadline: .distantFuture)
        let waiter = try #require(inserted)
        stage.roomWaiters.append(waiter)
        stage.inFlightBytes = 99
        #expect(stage.takeRoomWaitersIfThereIsRoom() == [])
        stage.inFlightBytes = 51
        #expect(stage.takeRoomWaitersIfThereIsRoom() == [])
        stage.inFlightBytes = 50
        #expect(stage.takeRoomWaitersIfThereIsRoom() == [waiter])
        #expect(stage.takeRoomWaitersIfThereIsRoom() == [])
    }

    @Test func aFrameLargerThanTheLimitIsTakenWhenNothingWaits() {
        var stage = OutboundStage(limitBytes: 10, dropsWhenFull: false)
        #expect(stage.publish("a", "123456789") == nil)
        #expect(stage.publish("a", "1") == .full)
    }

    @Test func aPreparedSubjectThatIsTooLongForAControlLineIsRefused() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        let payload: [UInt8] = [0x61]
        let prefix = PublishPrefix(subject: String(repeating: "s", count: 5_000))
        #expect(stage.publishShort(prefix: prefix, payload: payload.span) == .invalidSubject)
        #expect(stage.hasStagedBytes == false)
    }

    @Test func subscriptionsThatWaitCountAlsoAfterLargeMessagesWereGivenUp() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        stage.appendOrdered(Array("SUB x 1\r\n".utf8).span, fence: nil)
        #expect(stage.publish("a", "123") == nil)
        stage.discardLarger(than: 1)
        #expect(stage.account.discarded == 1)
        #expect(stage.controlBytes == 9)
    }

    @Test func nobodyPacesHimselfWhilePublishesAreRefusedAnyway() {
        var stage = OutboundStage(limitBytes: 0, dropsWhenFull: false)
        stage.inFlightBytes = 10
        #expect(stage.isNearlyFull == true)
        stage.acceptance = .disconnected
        #expect(stage.isNearlyFull == false)
    }

    @Test func whatTheServerDoesNotTakeIsRefused() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        stage.maximumPayload = 4
        #expect(stage.publish("a", "1234") == nil)
        #expect(stage.publish("a", "12345") == .payloadTooLarge)
        #expect(stage.publish("a", "", headers: "12345") == .payloadTooLarge)
        #expect(stage.publish("a", "3", headers: "12") == nil)
        stage.supportsHeaders = false
        #expect(stage.publish("a", "3", headers: "12") == .headersNotSupported)
        #expect(stage.publish(String(repeating: "s", count: 4096), "") == .invalidSubject)
        #expect(stage.account.accepted == 2)
    }

    @Test(arguments: [
        (Acceptance.closed, PublishRefusal.closed), (.draining, .draining), (.disconnected, .disconnected),
    ])
    func aStateThatTakesNothingSaysWhy(state: Acceptance, refusal: PublishRefusal) {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        stage.acceptance = state
        #expect(stage.publish("a", "1") == refusal)
        #expect(stage.account.accepted == 0)
    }

    @Test func whatWasTakenBackStandsBeforeWhatWasStagedLater() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        for text in ["1", "2", "3"] { _ = stage.publish("a", text) }
        var buffer = StagedBytes()
        var fences: [StagedFence] = []
        _ = stage.take(into: &buffer, fences: &fences)
        stage.account.written = 0
        _ = stage.publish("a", "4")
        let result = stage.takeBack(buffer, written: 12, limitBytes: .max)
        #expect(result.written == 1)
        #expect(result.discarded == 0)
        #expect(stage.take(into: &buffer, fences: &fences) == 3)
        #expect(buffer.text == "PUB a 1\r\n2\r\nPUB a 1\r\n3\r\nPUB a 1\r\n4\r\n")
    }

    /// A successor has taken over before the lost connection was closed, and what the session said since then is for it.
    @Test func whatWasStagedBehindTheLossStaysWithItsPINGs() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        _ = stage.publish("a", "1")
        var batch = StagedBytes()
        var fences: [StagedFence] = []
        _ = stage.take(into: &batch, fences: &fences)
        stage.keepOnlyPublishes(limitBytes: .max)
        stage.appendOrdered(Array("SUB x 9\r\n".utf8).span, fence: .drainPublishes)
        stage.appendOrdered(Array("UNSUB 8\r\n".utf8).span, fence: nil)
        _ = stage.takeBack(batch, written: 0, limitBytes: .max)
        #expect(stage.controlBytes == 18)
        #expect(stage.take(into: &batch, fences: &fences) == 1)
        #expect(batch.text == "PUB a 1\r\n1\r\nSUB x 9\r\nPING\r\nUNSUB 8\r\n")
        #expect(fences.map(\.publishesBefore) == [1])
    }

    /// The session has forgotten the subscription, so only this UNSUB can end it, should the move come back.
    @Test func aMoveGivesTheUNSUBsToTheServerThatIsLeft() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        stage.appendOrdered(Array("SUB x 9\r\n".utf8).span, fence: .drainPublishes)
        _ = stage.publish("a", "1")
        stage.appendOrdered(Array("UNSUB 8\r\n".utf8).span, fence: nil)
        let unsubscribes = stage.forgetControlFrames()
        #expect(String(decoding: unsubscribes, as: UTF8.self) == "UNSUB 8\r\n")
        #expect(stage.bytes.text == "PUB a 1\r\n1\r\n")
        #expect(stage.controlBytes == 0)
        #expect(stage.forgetControlFrames() == [])
    }

    @Test func aLostConnectionTakesItsControlFramesWithIt() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        stage.appendOrdered(Array("SUB x 1\r\n".utf8).span, fence: .user(1))
        _ = stage.publish("a", "1")
        stage.appendOrdered(Array("UNSUB 1\r\n".utf8).span, fence: nil)
        stage.keepOnlyPublishes(limitBytes: .max)
        var buffer = StagedBytes()
        var fences: [StagedFence] = []
        #expect(stage.take(into: &buffer, fences: &fences) == 1)
        #expect(buffer.text == "PUB a 1\r\n1\r\n")
        #expect(fences.isEmpty == true)
    }

    /// Random publishes, takes, cuts and fences: accepted = fenced + unconfirmed + lost + discarded + pending.
    @Test func theAccountIsExactUnderRandomLosses() {
        for seed in UInt64(1)...50 {
            var random = SeededRandom(seed: seed)
            var model = OutboundModel(limitBytes: 200 + random.below(400))
            for _ in 0..<300 {
                switch random.below(8) {
                case 0...3: model.publish(size: random.below(40))
                case 4: model.take()
                case 5: model.write(random.below(120))
                case 6: model.confirm()
                default: if random.below(4) == 0 { model.lose() }
                }
                let defect = model.defect
                #expect(defect == nil, "seed \(seed)")
                if defect != nil { return }
            }
        }
    }
}

/// The driver's use of the stage, with a kernel that takes as much as it is told to.
private struct OutboundModel: ~Copyable {
    private var stage: OutboundStage
    private var batch = StagedBytes()
    private var batchPublishes: UInt64 = 0
    private var writtenBytes = 0
    private var taken: UInt64 = 0
    private var base: UInt64 = 0
    private let limitBytes: Int

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
        stage = OutboundStage(limitBytes: limitBytes, dropsWhenFull: false)
    }

    mutating func publish(size: Int) { _ = stage.publish("a", String(repeating: "x", count: size)) }

    mutating func take() {
        guard writtenBytes == batch.count else { return }
        var fences: [StagedFence] = []
        batchPublishes = stage.take(into: &batch, fences: &fences)
        writtenBytes = 0
        taken += batchPublishes
    }

    mutating func write(_ count: Int) {
        guard writtenBytes < batch.count else { return }
        writtenBytes = min(batch.count, writtenBytes + count)
        stage.inFlightBytes = batch.count - writtenBytes
        if writtenBytes == batch.count { stage.account.advanceWritten(to: base + taken) }
    }

    mutating func confirm() {
        let account = stage.account
        stage.account.fenced = account.written - account.lostUnknown
    }

    mutating func lose() {
        var lost = StagedBytes()
        swap(&lost, &batch)
        let result = stage.takeBack(lost, written: writtenBytes, limitBytes: limitBytes)
        let written = base + taken - batchPublishes + result.written
        stage.account.advanceWritten(to: written)
        let unconfirmed = stage.account.unconfirmed
        stage.account.lostUnknown += unconfirmed
        base = stage.account.written
        taken = 0
        batchPublishes = 0
        writtenBytes = 0
    }

    /// What is wrong with the account, if anything.
    var defect: String? {
        let account = stage.account
        let parts = account.fenced + account.unconfirmed + account.lostUnknown + account.discarded + account.pending
        if parts != account.accepted { return "\(account)" }
        let unwritten = writtenBytes < batch.count ? batchPublishes : 0
        if account.pending != stage.bytes.withContiguousFrames(Self.publishes) + unwritten { return "pending of \(account)" }
        return nil
    }

    private static func publishes(_ bytes: Span<UInt8>) -> UInt64 {
        var walker = OutboundFrameWalker()
        var count: UInt64 = 0
        while case .frame(let frame) = walker.next(bytes) { if frame.isPublish { count += 1 } }
        return count
    }
}

extension OutboundStage {
    fileprivate mutating func publish(_ subject: String, _ payload: String, headers: String = "") -> PublishRefusal? {
        publish(
            subject: subject.utf8Span.span, reply: Span<UInt8>(), headers: headers.utf8Span.span,
            payload: payload.utf8Span.span)
    }
}
