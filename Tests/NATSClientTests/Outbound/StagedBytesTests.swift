import NATSProtocol
import Reactor
import Testing

@testable import NATSClient

@Suite struct StagedBytesTests {
    /// Frames with external payloads between them, and the same bytes in one piece.
    private static func fill(_ staged: inout StagedBytes, payloadSizes: [Int]) -> [UInt8] {
        var expected: [UInt8] = []
        for (index, size) in payloadSizes.enumerated() {
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: index &+ 1), count: size)
            FrameEncoder.publishLine(
                subject: "a.b".utf8Span.span, reply: Span<UInt8>(), headers: Span<UInt8>(), payloadCount: size,
                into: &staged.buffer)
            staged.appendExternal(payload)
            staged.buffer.appendLineEnd()
            expected += Array("PUB a.b \(size)\r\n".utf8) + payload + [13, 10]
        }
        return expected
    }

    private static func bytes(_ vectors: SendVectors) -> [UInt8] {
        (0..<vectors.count).flatMap { unsafe Array(vectors[$0]) }
    }

    @Test(arguments: [[], [1], [3, 0, 5], [20_000, 16_384, 1, 70_000], Array(repeating: 9, count: 20)])
    func sendingInPiecesOfAnySizeGivesTheFramesInOrder(sizes: [Int]) {
        var staged = StagedBytes()
        let expected = Self.fill(&staged, payloadSizes: sizes)
        #expect(staged.count == expected.count)
        for step in [1, 7, 4096, 1 << 20] where expected.count / step < 2_000 {
            var sent: [UInt8] = []
            while sent.count < expected.count {
                var vectors = SendVectors()
                _ = staged.appendVectors(from: sent.count, to: &vectors)
                let piece = Self.bytes(vectors).prefix(step)
                guard !piece.isEmpty else { break }
                sent += piece
            }
            #expect(sent == expected)
        }
    }

    @Test func framesInOnePieceAreTheSameFrames() {
        var staged = StagedBytes()
        let expected = Self.fill(&staged, payloadSizes: [20_000, 3, 16_384])
        let flat = staged.withContiguousFrames { [UInt8](copying: $0) }
        #expect(flat == expected)
    }

    @Test func memoryOfABurstIsGivenBack() {
        var staged = StagedBytes()
        staged.buffer.append(contentsOf: [UInt8](repeating: 1, count: 4 << 20))
        staged.removeAll()
        let burst = staged.buffer.capacity
        for _ in 0..<300 {
            staged.buffer.append(1)
            staged.removeAll()
        }
        #expect(burst >= 4 << 20)
        #expect(staged.buffer.capacity < 1 << 20)
        #expect(staged.isEmpty && staged.count == 0)
    }
}

@Suite struct QueuedWaiterTests {
    @Test func flushesWithNothingBetweenThemShareOnePing() {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        for _ in 0..<1_000 {
            guard let waiter = stage.insertWaiter(.flush, subject: "", deadline: .distantFuture) else { return }
            stage.appendFlush(waiter: waiter)
        }
        #expect(stage.bytes.text == "PING\r\n")
        #expect(stage.flushWaiters.count == 1_000)
    }

    @Test(arguments: [WaiterKind.flush, .room])
    func aCallThatFailsLeavesNothingBehind(kind: WaiterKind) throws {
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        let inserted = stage.insertWaiter(kind, subject: "", deadline: .distantFuture)
        let waiter = try #require(inserted)
        if kind == .flush { stage.appendFlush(waiter: waiter) } else { stage.roomWaiters.append(waiter) }
        _ = stage.complete(waiter, .failed(CancellationError()))
        #expect(stage.flushWaiters.isEmpty)
        #expect(stage.roomWaiters.isEmpty)
        #expect(stage.waiters.count == 0)
    }
}

/// What a review of the code found: each was wrong once.
@Suite struct ReviewedStageTests {
    private func makeStage() -> OutboundStage { OutboundStage(limitBytes: .max, dropsWhenFull: false) }

    @Test func aFlushBehindASubscriptionHasAPingOfItsOwn() throws {
        var stage = makeStage()
        let first = stage.insertWaiter(.flush, subject: "", deadline: .distantFuture)
        stage.appendFlush(waiter: try #require(first))
        stage.appendOrdered(Array("SUB a 1\r\n".utf8).span, fence: nil)
        let second = stage.insertWaiter(.flush, subject: "", deadline: .distantFuture)
        stage.appendFlush(waiter: try #require(second))
        #expect(stage.bytes.text == "PING\r\nSUB a 1\r\nPING\r\n")
    }

    @Test func aSmallerPayloadLimitKeepsControlFrames() {
        var stage = makeStage()
        stage.appendOrdered(Array("SUB a 1\r\n".utf8).span, fence: .user(1))
        _ = stage.publish(
            subject: "a".utf8Span.span, reply: Span(), headers: Span(), payload: "too large".utf8Span.span)
        stage.appendOrdered(Array("UNSUB 1\r\n".utf8).span, fence: nil)
        stage.discardLarger(than: 3)
        #expect(stage.bytes.text == "SUB a 1\r\nPING\r\nUNSUB 1\r\n")
        #expect(stage.account.discarded == 1)
    }

    @Test func whatIsTooLargeIsToldByItsReply() {
        var stage = makeStage()
        for reply in ["r.1", ""] {
            _ = stage.publish(
                subject: "a".utf8Span.span, reply: reply.utf8Span.span, headers: Span(), payload: "too large".utf8Span.span)
        }
        stage.discardLarger(than: 3)
        #expect(stage.takeRepliesOfDiscarded() == [Array("r.1".utf8)])
        #expect(stage.takeRepliesOfDiscarded().isEmpty)
        #expect(stage.account.discarded == 2)
    }

    @Test func publishesAreWithdrawnByTheirReplies() {
        var stage = makeStage()
        stage.appendOrdered(Array("SUB a 1\r\n".utf8).span, fence: .user(1))
        for reply in ["r.1", "", "q.1", "r.2", "rr"] {
            _ = stage.publish(
                subject: "r.3".utf8Span.span, reply: reply.utf8Span.span, headers: Span(), payload: "x".utf8Span.span)
        }
        stage.withdraw(replies: [Array("r.".utf8)])
        #expect(
            stage.bytes.text
                == "SUB a 1\r\nPING\r\nPUB r.3 1\r\nx\r\nPUB r.3 q.1 1\r\nx\r\nPUB r.3 rr 1\r\nx\r\n")
        #expect(stage.account.discarded == 2)
        #expect(stage.takeRepliesOfDiscarded().isEmpty)
    }

    @Test func aMadeUpReplyTokenEndsNoOtherCall() throws {
        var stage = makeStage()
        let inserted = stage.insertWaiter(.flush, subject: "", deadline: .distantFuture)
        let flush = try #require(inserted)
        let removed = stage.removeRequest(flush)
        #expect(removed == nil)
        #expect(stage.waiters.count == 1)
    }

    @Test func whoWaitsForRoomIsWokenOnlyWhenThereIsSome() throws {
        var stage = OutboundStage(limitBytes: 10, dropsWhenFull: false)
        let inserted = stage.insertWaiter(.room, subject: "", deadline: .distantFuture)
        stage.roomWaiters.append(try #require(inserted))
        stage.inFlightBytes = 10
        #expect(stage.takeRoomWaitersIfThereIsRoom().isEmpty)
        stage.inFlightBytes = 5
        #expect(stage.takeRoomWaitersIfThereIsRoom().count == 1)
        #expect(stage.roomWaiters.isEmpty)
    }
}
