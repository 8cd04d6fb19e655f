import NATSProtocol
import Testing

@Suite("Limits of the decoder")
struct LimitTests {
    private let limits = DecoderLimits(
        controlLineBytes: 40, infoBytes: 30, errorBytes: 20, headerBytes: 16, payloadBytes: 32)

    /// A text whose line, without CR LF, has exactly `count` bytes.
    private func line(_ head: String, _ tail: String, count: Int) -> String {
        head + String(repeating: "x", count: count - head.utf8.count - tail.utf8.count) + tail
    }

    @Test("A line of exactly the limit is accepted, one more byte is refused, at every split point")
    func lines() {
        let cases: [(head: String, tail: String, limit: Int, kind: ProtocolError.Kind)] = [
            ("MSG ", " 1048577 16", 40, .controlLineTooLong), ("INFO ", "", 30, .infoTooLong),
            ("-ERR ", "", 20, .errorTextTooLong),
        ]
        for (head, tail, limit, kind) in cases {
            let body = head == "MSG " ? "\r\n0123456789abcdef\r\n" : "\r\n"
            let fitting = bytes(line(head, tail, count: limit) + body)
            let excessive = bytes(line(head, tail, count: limit + 1) + body)
            let expected = ProtocolError(kind, offset: limit, limit: limit)
            for split in 1..<fitting.count {
                #expect(decode(fitting, splitAt: [split], limits: limits).error == nil)
                #expect(decode(excessive, splitAt: [split], limits: limits).error == expected)
            }
        }
    }

    @Test("A line that never ends is refused as soon as it exceeds the limit, with the same error")
    func endless() {
        let endless = bytes("INFO " + String(repeating: "x", count: 100))
        #expect(decode(Array(endless.prefix(30)), limits: limits).error == nil)
        #expect(
            decode(Array(endless.prefix(31)), limits: limits).error
                == ProtocolError(.infoTooLong, offset: 30, limit: 30))
        #expect(decode(endless, limits: limits).error == ProtocolError(.infoTooLong, offset: 30, limit: 30))
        #expect(
            decode(bytes("PING" + String(repeating: " ", count: 100)), limits: limits).error?.kind
                == .controlLineTooLong)
    }

    @Test(
        "Headers and messages of exactly the limit are accepted, one more byte is refused on both paths",
        arguments: [
            ("MSG some.subject 1048577 32\r\n", 32, nil), ("MSG some.subject 1048577 33\r\n", 33, .messageTooLong),
            ("HMSG some.subject 1048577 16 32\r\n", 32, nil),
            ("HMSG some.subject 1048577 17 32\r\n", 32, .headersTooLong),
            ("HMSG some.subject 1048577 16 33\r\n", 33, .messageTooLong),
        ] as [(String, Int, ProtocolError.Kind?)])
    func bodies(head: String, count: Int, kind: ProtocolError.Kind?) {
        let input = bytes(head) + [UInt8](repeating: 0x78, count: count) + bytes("\r\n")
        #expect(decode(input, limits: limits).error?.kind == kind)
        #expect(decodeSlowly(input, limits: limits).error?.kind == kind)
    }

    @Test("Limits beyond what a message can represent are lowered, negative ones raised")
    func clamping() {
        let limits = DecoderLimits(controlLineBytes: .max, headerBytes: -1, payloadBytes: .max)
        #expect(limits.controlLineBytes == 65_535)
        #expect(limits.headerBytes == 0)
        #expect(limits.payloadBytes == Int(Int32.max))
    }
}
