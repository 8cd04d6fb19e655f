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
