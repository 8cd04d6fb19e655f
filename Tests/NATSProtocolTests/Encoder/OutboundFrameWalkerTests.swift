import Testing

@testable import NATSProtocol

@Suite("Outbound frame walker")
struct OutboundFrameWalkerTests {
    /// One of each, with payloads that look like frames.
    private static let script: [(kind: OutboundFrameKind, text: String)] = [
        (.connect, "CONNECT {\"verbose\":false}\r\n"), (.ping, "PING\r\n"), (.subscribe, "SUB a.> q 1048577\r\n"),
        (.publish, "PUB a 14\r\nPUB b 1\r\nx\r\n\r\n\r\n"),
        (.headerPublish, "HPUB a r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"),
        (.unsubscribe, "UNSUB 1048577 5\r\n"), (.publish, "PUB a 0\r\n\r\n"), (.pong, "PONG\r\n"),
    ]
    private static let text = script.map(\.text).joined()

    /// Every step until the walk ends.
    private func walk(_ input: [UInt8]) -> (frames: [OutboundFrame], last: OutboundFrameWalker.Step) {
        var walker = OutboundFrameWalker()
        var frames: [OutboundFrame] = []
        while true {
            let step = walker.next(input.span)
            guard case .frame(let frame) = step else {
                #expect(walker.next(input.span) == step)
                return (frames, step)
            }
            frames.append(frame)
        }
    }

    @Test("Every kind is recognised, with its range and body")
    func everyKind() {
        let (frames, last) = walk(bytes(Self.text))
        #expect(frames.map(\.kind) == Self.script.map(\.kind))
        #expect(last == .end)
        var start = 0
        for (frame, part) in zip(frames, Self.script) {
            #expect(frame.range == start..<start + part.text.utf8.count)
            start = frame.range.upperBound
        }
        #expect(frames.filter(\.isPublish).map { $0.body.count } == [14, 14, 0])
    }

    @Test("A publish's reply is found, and nobody else has one")
    func reply() {
        let text =
            "PUB a r.1 2\r\nhi\r\nPUB a 2\r\nhi\r\nHPUB a r.2 12 12\r\nNATS/1.0\r\n\r\n\r\nHPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\nSUB a q 1\r\nPING\r\n"
        let bytes = Array(text.utf8)
        let replies = walk(bytes).frames.map { frame in
            frame.reply(in: bytes.span).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        #expect(replies == ["r.1", nil, "r.2", nil, nil, nil])
    }

    @Test("Cut anywhere, the whole frames before the cut are found and the cut one is named")
    func everyCut() {
        let input = bytes(Self.text)
        var ends: [Int] = [0]
        for part in Self.script { ends.append((ends.last ?? 0) + part.text.utf8.count) }
        for cut in 0...input.count {
            let (frames, last) = walk(Array(input.prefix(cut)))
            let whole = ends.filter { $0 <= cut }
            #expect(frames.count == whole.count - 1, "cut at \(cut)")
            let start = whole.last ?? 0
            #expect(last == (start == cut ? .end : .incomplete(at: start)), "cut at \(cut)")
        }
    }

    @Test(
        "What no encoder wrote ends the walk with its place",
        arguments: [
            "GARBAGE\r\n", "PUB a\r\n", "PUB a x\r\n", "PUB a 2\r\nabc\r\n", "SUB a 1\n\r\n", "PING \r\n",
            "PUB a -1\r\n\r\n",
            "PUB a 99999999999999999999999\r\n", "\r\n", "\u{0}",
        ])
    func malformed(text: String) {
        let (frames, last) = walk(bytes("PING\r\n" + text))
        #expect(frames.count == 1)
        #expect(last == .malformed(at: 6))
    }

    @Test("Huge sizes are incomplete, not a trap")
    func hugeSizes() {
        #expect(walk(bytes("PUB a 18446744073709551615\r\nx\r\n")).last == .incomplete(at: 0))
        #expect(walk(bytes("PUB a 9223372036854775807\r\nx\r\n")).last == .incomplete(at: 0))
    }

    @Test("Random bytes and foreign offsets never trap")
    func total() {
        var random = RandomSource(seed: 9)
        let alphabet = bytes("PUBHSNIGO C0129 \r\n")
        for _ in 0..<20_000 {
            let input = (0..<random.next(below: 30)).map { _ in
                alphabet[Int(random.next(below: UInt64(alphabet.count)))]
            }
            let (frames, _) = walk(input)
            for frame in frames { #expect(frame.range.upperBound <= input.count) }
        }
        for offset in [-1, 7, Int.max, Int.min] {
            var walker = OutboundFrameWalker(at: offset)
            #expect(walker.next(bytes("PING\r\n").span) == .malformed(at: offset))
        }
    }
}
