@testable import NATSClient
import NATSProtocol
import Reactor
import Testing

/// Urgent frames go ahead of staged ones, at frame boundaries only.
@Suite struct SendQueueTests {
    @Test func urgentFramesLeadTheirBatch() {
        var queue = SendQueue()
        queue.appendUrgent(Array("PONG\r\n".utf8).span)
        queue.begin("PUB a 1\r\nx\r\n")
        #expect(queue.unsent() == "PONG\r\nPUB a 1\r\nx\r\n")
    }

    @Test func memoryStaysWhilePublishesFollowAndGoesWithABatchOfUrgentFramesOnly() {
        var queue = SendQueue()
        let idle = queue.stagedCapacity
        for _ in 0..<3 {
            queue.begin("PUB a 100000\r\n" + String(repeating: "x", count: 100_000) + "\r\n")
            _ = queue.unsent()
            queue.finishBatch()
            #expect(queue.stagedCapacity > 100_000)
        }
        queue.appendUrgent(Array("PING\r\n".utf8).span)
        queue.begin("")
        #expect(queue.unsent() == "PING\r\n")
        queue.finishBatch()
        #expect(queue.stagedCapacity == idle && idle <= 1024)
    }

    @Test func anUrgentFrameThatComesDuringASendWaitsForTheEndOfTheBatch() {
        let text = "PUB a 1\r\nx\r\n"
        for cut in 0..<text.utf8.count {
            var queue = SendQueue()
            queue.begin(text)
            _ = queue.unsent()
            queue.appendUrgent(Array("PONG\r\n".utf8).span)
            #expect(queue.didSend(cut) == false)
            #expect(queue.unsent() == String(text.utf8.dropFirst(cut)))
            let isComplete = queue.didSend(text.utf8.count - cut)
            #expect(isComplete == true)
            queue.finishBatch()
            queue.begin("PING\r\n")
            #expect(queue.unsent() == "PONG\r\nPING\r\n")
        }
    }

    @Test func aPongGoesIntoTheBatchUnderWayAtTheNextFrameBoundary() {
        let frames = ["PUB a 1\r\nx\r\n", "PING\r\n", "HPUB b 12 14\r\nNATS/1.0\r\n\r\nyy\r\n", "PUB c 0\r\n\r\n"]
        let all = frames.joined()
        var boundaries = [0]
        for frame in frames { boundaries.append((boundaries.last ?? 0) + frame.utf8.count) }
        for cut in 1..<all.utf8.count {
            for second in stride(from: 1, to: all.utf8.count - cut, by: 3) {
                var queue = SendQueue()
                queue.begin(all)
                var wire = ""
                for count in [cut, second] {
                    wire += queue.unsent().utf8.prefix(count).text
                    #expect(queue.didSend(count) == false)
                    _ = queue.appendPong()
                    queue.insertPongs()
                }
                let rest = queue.unsent()
                wire += rest
                #expect(queue.didSend(rest.utf8.count) == true)
                queue.finishBatch()
                if queue.hasUrgent {
                    queue.begin("")
                    wire += queue.unsent()
                }
                // Whole frames in their order, and both answers between them.
                #expect(wire.replacing("PONG\r\n", with: "") == all)
                var walker = OutboundFrameWalker()
                let bytes = Array(wire.utf8)
                var kinds: [OutboundFrameKind] = []
                while case .frame(let frame) = walker.next(bytes.span) { kinds.append(frame.kind) }
                #expect(kinds.count == 6 && kinds.filter { $0 == .pong }.count == 2, "\(wire)")
                let first = boundaries.first { $0 >= cut } ?? 0
                #expect(wire.utf8.dropFirst(first).starts(with: "PONG\r\n".utf8))
            }
        }
    }

    @Test func aPongNeverSplitsAFrameWhosePayloadLiesElsewhere() {
        let payload = [UInt8](repeating: 120, count: StagedBytes.externalPayloadMin)
        for cut in [1, 10, 20, 100, payload.count + 10, payload.count + 30, payload.count * 2] {
            var queue = SendQueue()
            queue.beginBatch { buffer in
                for _ in 0..<3 {
                    FrameEncoder.publishLine(
                        subject: "a".utf8Span.span, reply: Span(), headers: Span(), payloadCount: payload.count,
                        into: &buffer.buffer)
                    buffer.appendExternal(payload)
                    buffer.buffer.appendLineEnd()
                }
                return 3
            }
            var wire = Array(queue.unsent().utf8.prefix(cut))
            #expect(queue.didSend(cut) == false)
            _ = queue.appendPong()
            queue.insertPongs()
            while queue.hasBatch {
                let rest = Array(queue.unsent().utf8)
                wire += rest
                _ = queue.didSend(rest.count)
            }
            var walker = OutboundFrameWalker()
            var kinds: [OutboundFrameKind] = []
            while case .frame(let frame) = walker.next(wire.span) { kinds.append(frame.kind) }
            #expect(kinds.count == 4 && kinds.filter { $0 == .pong }.count == 1, "cut at \(cut): \(kinds)")
            #expect(kinds.first == .publish && walker.offset == wire.count)
        }
    }

    @Test func theAnswersThatWaitAreBounded() {
        var queue = SendQueue()
        for _ in 0..<ClientDefaults.unsentPongsMax { #expect(queue.appendPong() == true) }
        #expect(queue.appendPong() == false)
    }

    @Test func aPartialSendGoesOnWhereverItStopped() {
        let all = "PONG\r\nPUB a 1\r\nx\r\n"
        for first in 0..<all.utf8.count {
            var queue = SendQueue()
            queue.appendUrgent(Array("PONG\r\n".utf8).span)
            queue.begin("PUB a 1\r\nx\r\n")
            _ = queue.unsent()
            #expect(queue.didSend(first) == false)
            #expect(queue.unsent() == String(all.utf8.dropFirst(first)))
            #expect(queue.writtenStagedBytes == max(0, first - 6))
        }
    }

    @Test func whatWasNotWrittenGoesBackToTheStage() {
        var queue = SendQueue()
        var stage = OutboundStage(limitBytes: .max, dropsWhenFull: false)
        queue.appendUrgent(Array("PING\r\n".utf8).span)
        queue.begin("PUB a 1\r\n1\r\nPUB a 1\r\n2\r\n")
        _ = queue.unsent()
        _ = queue.didSend(6 + 12 + 3)
        let result = queue.giveBack(to: &stage, limitBytes: .max)
        #expect(result.written == 1)
        #expect(stage.bytes.text == "PUB a 1\r\n2\r\n")
    }

    @Test func aResetForgetsUrgentFramesToo() {
        var queue = SendQueue()
        queue.appendUrgent(Array("PING\r\n".utf8).span)
        queue.begin("PUB a 1\r\n1\r\n")
        _ = queue.unsent()
        queue.appendUrgent(Array("PONG\r\n".utf8).span)
        queue.reset()
        #expect(queue.hasBatch == false)
        #expect(queue.hasUrgent == false)
        #expect(queue.isSending == false)
    }
}

extension SendQueue {
    fileprivate mutating func begin(_ text: String) {
        beginBatch { buffer in
            buffer.buffer.append(Array(text.utf8).span)
            return 1
        }
    }

    /// Begins a send and says what it would give to the kernel.
    fileprivate mutating func unsent() -> String {
        let vectors = beginSend()
        let bytes = (0..<vectors.count).flatMap { unsafe Array(vectors[$0]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Sequence<UInt8> {
    fileprivate var text: String { String(decoding: Array(self), as: UTF8.self) }
}
