import NATSProtocol
import Testing

@Suite("Random bytes")
struct DecoderFuzzTests {
    @Test("100,000 random inputs give frames or one error, and never a frame outside of the bytes")
    func total() {
        var random = RandomSource(seed: 1)
        let words = [
            "MSG ", "HMSG ", "INFO ", "-ERR ", "PING", "PONG", "+OK", "\r\n", " ", "\t", "1", "99", "a.b",
            "NATS/1.0\r\n",
        ]
        .map(bytes)
        var errorCount = 0
        for _ in 0..<100_000 {
            var input: [UInt8] = []
            for _ in 0..<random.next(below: 12) {
                if random.next(below: 4) == 0 {
                    input.append(UInt8(truncatingIfNeeded: random.next()))
                } else {
                    input += words[Int(random.next(below: UInt64(words.count)))]
                }
            }
            var decoder = FrameDecoder()
            var frame = DecodedFrame()
            var offset = 0
            do throws(ProtocolError) {
                while offset < input.count {
                    let kind = try decoder.next(input.span, at: offset, &frame)
                    if kind == .needsMore { break }
                    guard frame.end > offset, frame.end <= input.count else {
                        Issue.record("frame ends at \(frame.end) of \(input.count)")
                        return
                    }
                    _ = DecodedItem(kind, frame, input)
                    offset = frame.end
                }
            } catch {
                errorCount += 1
            }
        }
        #expect(errorCount > 10_000)
        #expect(errorCount < 100_000)
    }

    @Test("Offsets that the caller has no bytes at give needsMore")
    func foreignOffsets() throws {
        for offset in [-1, Int.min, 6, 7, 1_000, Int.max] {
            var decoder = FrameDecoder()
            var frame = DecodedFrame()
            #expect(try decoder.next(bytes("PING\r\n").span, at: offset, &frame) == .needsMore)
        }
    }
}
