@testable import NATSClient
import NATSProtocol
import Testing

/// Pain point P1: half-sent frames. A batch is cut at every byte; what is kept is whole frames, and all of them.
@Suite struct OutboundRebuildTests {
    /// Control frames between publishes; a payload that looks like a frame, and an empty one.
    private static let sequence = [
        "SUB a.> 1\r\n", "PUB a 3\r\nabc\r\n", "HPUB b r 18 20\r\nNATS/1.0\r\nA: 1\r\n\r\nxy\r\n", "PING\r\n",
        "PUB c 12\r\nPUB x 1\r\ny\r\n\r\n", "UNSUB 1 5\r\n", "PUB d.e reply 0\r\n\r\n", "PING\r\n",
    ]

    @Test func theFixtureIsWhatAnEncoderWrites() {
        let bytes = Array(Self.stream.utf8)
        var walker = OutboundFrameWalker()
        var ranges: [String] = []
        while case .frame(let frame) = walker.next(bytes.span) {
            ranges.append(String(decoding: bytes[frame.range], as: UTF8.self))
        }
        #expect(ranges == Self.sequence)
    }

    @Test func aBatchCutAtAnyByteKeepsEveryPublishThatIsNotWhollyWritten() {
        let bytes = Array(Self.stream.utf8)
        for written in 0...bytes.count {
            var rebuild = OutboundRebuild(limitBytes: .max)
            rebuild.add(inFlight: bytes.span, written: written)
            var end = 0
            var (kept, whole) = ("", UInt64(0))
            for frame in Self.sequence {
                end += frame.utf8.count
                guard frame.hasPrefix("PUB") || frame.hasPrefix("HPUB") else { continue }
                if end <= written { whole += 1 } else { kept += frame }
            }
            #expect(rebuild.bytes.text == kept, "cut after \(written)")
            #expect(rebuild.writtenPublishes == whole, "cut after \(written)")
            #expect(rebuild.keptPublishes + whole == 4, "cut after \(written)")
            #expect(rebuild.discardedPublishes == 0)
        }
    }

    @Test func beyondTheLimitTheNewestGoAndLeaveNoGap() {
        let bytes = Array((0..<10).map { "PUB a 1\r\n\($0)\r\n" }.joined().utf8)
        for limit in 0...bytes.count {
            var rebuild = OutboundRebuild(limitBytes: limit)
            rebuild.add(inFlight: bytes.span, written: 0)
            let fitting = limit / 12
            #expect(rebuild.bytes.text == (0..<fitting).map { "PUB a 1\r\n\($0)\r\n" }.joined())
            #expect(rebuild.keptPublishes == UInt64(fitting))
            #expect(rebuild.discardedPublishes == UInt64(10 - fitting))
        }
    }

    @Test func aSmallFrameBehindOneThatDoesNotFitGoesToo() {
        let bytes = Array("PUB a 9\r\n123456789\r\nPUB a 1\r\n1\r\n".utf8)
        var rebuild = OutboundRebuild(limitBytes: 15)
        rebuild.add(inFlight: bytes.span, written: 0)
        #expect(rebuild.bytes.isEmpty == true)
        #expect(rebuild.discardedPublishes == 2)
    }

    @Test func aBodyLargerThanTheNewServerTakesGoesAndTheOthersStay() {
        let bytes = Array(Self.stream.utf8)
        var rebuild = OutboundRebuild(limitBytes: .max, maximumPayload: 12)
        rebuild.add(staged: bytes.span, fences: [])
        #expect(rebuild.discardedPublishes == 1)
        #expect(rebuild.bytes.text.contains("HPUB") == false)
        #expect(rebuild.keptPublishes == 3)
    }

    @Test func fencesKeepTheirPlaceBehindThePublishesThatAreLeft() {
        let bytes = Array(Self.stream.utf8)
        var rebuild = OutboundRebuild(limitBytes: .max, maximumPayload: 12)
        rebuild.add(
            staged: bytes.span,
            fences: [
                StagedFence(fence: .user(1), publishesBefore: 2), StagedFence(fence: .user(2), publishesBefore: 4),
            ])
        #expect(rebuild.fences.map(\.fence) == [.user(1), .user(2)])
        #expect(rebuild.fences.map(\.publishesBefore) == [1, 3])
        #expect(rebuild.bytes.text.hasSuffix("PUB d.e reply 0\r\n\r\nPING\r\n") == true)
    }

    private static let stream = sequence.joined()
}
