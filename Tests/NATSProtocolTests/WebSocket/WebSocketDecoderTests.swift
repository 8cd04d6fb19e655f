import Testing

@testable import NATSProtocol

@Suite struct WebSocketDecoderTests {
    typealias Frames = ServerFrames
    typealias Piece = DecodedWebSocket.Piece

    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]
        var pieces: [Piece] = []
        var error: WebSocketError?
        var acceptsCompression = false
        var testDescription: String { name }
    }

    static var sound: [Case] {
        [
            Case(name: "nothing", bytes: []),
            Case(name: "one frame", bytes: Frames.frame(2, "PING\r\n"), pieces: [.data(Array("PING\r\n".utf8))]),
            Case(name: "text is data", bytes: Frames.frame(1, "+OK\r\n"), pieces: [.data(Array("+OK\r\n".utf8))]),
            Case(name: "an empty frame", bytes: Frames.frame(2) + Frames.frame(2, "a"), pieces: [.data([0x61])]),
            Case(
                name: "an operation in several messages", bytes: Frames.frame(2, "PI") + Frames.frame(2, "NG\r\n"),
                pieces: [.data(Array("PING\r\n".utf8))]),
            Case(name: "125 bytes", bytes: Frames.frame(2, Frames.payload(125)), pieces: [.data(Frames.payload(125))]),
            Case(name: "126 bytes", bytes: Frames.frame(2, Frames.payload(126)), pieces: [.data(Frames.payload(126))]),
            Case(name: "300 bytes", bytes: Frames.frame(2, Frames.payload(300)), pieces: [.data(Frames.payload(300))]),
            Case(
                name: "a length that is longer than it need be",
                bytes: Frames.frame(2, [1, 2], lengthForm: 8) + Frames.frame(2, [3], lengthForm: 2),
                pieces: [.data([1, 2, 3])]),
            Case(
                name: "fragments with control frames between them",
                bytes: Frames.frame(2, "a", final: false) + Frames.frame(9, "x") + Frames.frame(0, "b", final: false)
                    + Frames.frame(10) + Frames.frame(0, final: false) + Frames.frame(0, "c") + Frames.frame(2, "d"),
                pieces: [.data([0x61]), .ping([0x78]), .data([0x62]), .pong([]), .data([0x63, 0x64])]),
            Case(
                name: "the longest ping", bytes: Frames.frame(9, Frames.payload(125)),
                pieces: [.ping(Frames.payload(125))]),
            Case(
                name: "pings one after another", bytes: Frames.frame(9, "abc") + Frames.frame(9) + Frames.frame(9, "d"),
                pieces: [.ping([0x61, 0x62, 0x63]), .ping([]), .ping([0x64])]),
            Case(
                name: "data before the close frame, none after it",
                bytes: Frames.frame(2, "-ERR 'x'\r\n") + Frames.close(1008, "Authentication Failure")
                    + Frames.frame(2, "late") + [0xFF],
                pieces: [
                    .data(Array("-ERR 'x'\r\n".utf8)), .close(WebSocketClose(code: 1008, reason: "Authentication Failure")),
                ]),
            Case(name: "close without status", bytes: Frames.frame(8), pieces: [.close(WebSocketClose(code: nil))]),
            Case(
                name: "close with a text that isn't UTF-8", bytes: Frames.frame(8, [0x03, 0xE8, 0x61, 0xFF]),
                pieces: [.close(WebSocketClose(code: 1000, reason: "a?"))]),
            Case(
                name: "compressed messages",
                bytes: Frames.frame(2, "a", final: false, bits: 0x40) + Frames.frame(9) + Frames.frame(0, "b")
                    + Frames.frame(2, "plain") + Frames.frame(2, "c", bits: 0x40),
                pieces: [
                    .compressed([0x61], endsMessage: false), .ping([]), .compressed([0x62], endsMessage: true),
                    .data(Array("plain".utf8)), .compressed([0x63], endsMessage: true),
                ], acceptsCompression: true),
            Case(
                name: "a compressed message that ends with an empty frame",
                bytes: Frames.frame(2, "a", final: false, bits: 0x40) + Frames.frame(0),
                pieces: [.compressed([0x61], endsMessage: true)], acceptsCompression: true),
        ]
    }

    static let broken: [Case] = [
        ("RSV2", Frames.frame(2, "x", bits: 0x20), .reservedBits),
        ("RSV3", Frames.frame(9, bits: 0x10), .reservedBits),
        ("compression that wasn't negotiated", Frames.frame(2, "x", bits: 0x40), .unexpectedCompression),
        ("a compressed ping", Frames.frame(9, bits: 0x40), .unexpectedCompression),
        ("opcode 3", Frames.frame(3, "x"), .unknownOpcode(3)), ("opcode 15", Frames.frame(15), .unknownOpcode(15)),
        ("masked", Frames.frame(2, "abcdx", final: true).enumerated().map { $0 == 1 ? $1 | 0x80 : $1 }, .maskedFrame),
        ("a fragmented ping", Frames.frame(9, final: false), .fragmentedControl),
        ("a long ping", Frames.frame(9, Frames.payload(126)), .controlTooLong),
        ("a continuation of nothing", Frames.frame(0, "x"), .unexpectedContinuation),
        (
            "a message inside another", Frames.frame(2, "x", final: false) + Frames.frame(2, "y"),
            .messageInsideMessage
        ),
        ("close with half a status", Frames.frame(8, [3]), .malformedClose),
        ("close with status 999", Frames.close(999), .malformedClose),
        ("close with status 5000", Frames.close(5000), .malformedClose),
        (
            "a frame over the limit", [0x82, 127, 0, 0, 0, 0, 0, 1, 0x86, 0xA1],
            .frameTooLong(byteCount: 100_001, limit: 100_000)
        ),
        (
            "a length with the highest bit", [0x82, 127] + [UInt8](repeating: 0xFF, count: 8),
            .frameTooLong(byteCount: .max, limit: 100_000)
        ),
    ].map { (name: String, bytes: [UInt8], error: WebSocketError) in
        Case(name: name, bytes: Frames.frame(2, "ok") + bytes + Frames.frame(2, "late"), error: error)
    }

    @Test(arguments: sound)
    func streamsThatAreSound(_ stream: Case) {
        let decoded = DecodedWebSocket(stream.bytes, acceptsCompression: stream.acceptsCompression)
        #expect(decoded.pieces == stream.pieces)
        #expect(decoded.error == nil)
    }

    @Test(arguments: broken)
    func streamsThatAreBroken(_ stream: Case) {
        let decoded = DecodedWebSocket(stream.bytes)
        #expect(decoded.error == stream.error)
        #expect(
            decoded.pieces.first.map { if case .data(let data) = $0 { data.starts(with: [0x6F, 0x6B]) } else { false } } == true)
        #expect(!"\(String(describing: stream.error))".isEmpty)
    }

    @Test(arguments: sound + broken)
    func everySplitPointGivesTheSame(_ stream: Case) {
        let whole = DecodedWebSocket(stream.bytes, acceptsCompression: stream.acceptsCompression)
        for cut in 0...stream.bytes.count {
            let split = DecodedWebSocket(stream.bytes, acceptsCompression: stream.acceptsCompression, cuts: [cut])
            #expect(split == whole, "cut at \(cut)")
        }
        let drips = DecodedWebSocket(
            stream.bytes, acceptsCompression: stream.acceptsCompression, cuts: Array(0...stream.bytes.count))
        #expect(drips == whole)
    }

    @Test func errorsAreRepeated() {
        var decoder = WebSocketDecoder()
        let (bad, good) = ([UInt8]([0xF2, 0]), Frames.frame(2, "x"))
        for bytes in [bad, good, []] {
            var offset = 0
            #expect(throws: WebSocketError.reservedBits) { try decoder.next(bytes.span, at: &offset) }
        }
    }

    @Test func anyBytesGiveEventsOrAnError() {
        for seed in 0..<2_000 {
            var random = RandomSource(seed: UInt64(seed))
            let bytes = (0..<60).map { index -> UInt8 in
                // Mostly headers that make sense, so that the walk goes deep.
                let byte = UInt8(truncatingIfNeeded: random.next())
                return index % 3 == 0 ? [0x82, 0x02, 0x80, 0x00, 0x89, 0x8A, 0x88, byte][Int(byte & 7)] : byte & 0x0F
            }
            let whole = DecodedWebSocket(bytes, acceptsCompression: true)
            let cuts = (1..<60).filter { _ in random.next(below: 4) == 0 }
            #expect(DecodedWebSocket(bytes, acceptsCompression: true, cuts: cuts) == whole, "seed \(seed)")
        }
    }
}

@Suite struct LargeFrameTests {
    /// The server puts all that waits for a client into one frame, and its operator decides how much that may be.
    @Test func aFrameMayBeLargerThanAnyMessage() throws {
        var decoder = WebSocketDecoder()
        let bytes: [UInt8] = [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0, 0x61]
        var offset = 0
        #expect(try decoder.next(bytes.span, at: &offset) == .data(10..<11))
    }
}

@Suite struct WebSocketCloseTests {
    @Test func aTextForATerminalIsMadeHarmless() throws {
        let text = "\u{1B}[2J\r\n" + String(repeating: "x", count: 100)
        let close = try WebSocketClose(payload: ([3, 0xE8] + Array(text.utf8)).span)
        #expect(close.reason == "?[2J??" + String(repeating: "x", count: 74))
    }

    /// The texts of `ClosedState` in the server.
    @Test(arguments: [
        (UInt16(1008), "Slow Consumer (Write Deadline)", WebSocketClose.Cause.slowConsumer),
        (1008, "Slow Consumer (Pending Bytes)", .slowConsumer), (1001, "Stale Connection", .staleConnection),
        (1001, "Server Shutdown", .serverShutdown), (1011, "Kicked", .kicked),
        (1008, "Authentication Expired", .authentication), (1008, "Credentials Revoked", .authentication),
        (1009, "Maximum Message Payload Exceeded", .limit), (1002, "Parse Error", .protocolViolation),
        (1000, "Client Closed", .closed), (1000, "", .closed), (1015, "", .tls), (1009, "too big", .limit),
        (1002, "mask bit missing", .protocolViolation), (4000, "Slow Consumer", .other),
    ])
    func statusAndTextTellTheCause(code: UInt16, reason: String, cause: WebSocketClose.Cause) {
        let close = WebSocketClose(code: code, reason: reason)
        #expect(close.cause == cause)
        #expect("\(close)".contains("\(code)") && "\(close)".contains(reason))
    }

    @Test func theAnswerNeverCarriesAStatusThatMustNotBeSent() {
        for code: UInt16 in [1005, 1006, 1015] { #expect(WebSocketClose(code: code).echoed.code == nil) }
        #expect(WebSocketClose(code: nil).echoed.code == nil)
        #expect(WebSocketClose(code: 1008, reason: "x").echoed == WebSocketClose(code: 1008))
    }
}
