import Testing

@testable import NATSProtocol

@Suite struct WebSocketMaskTests {
    @Test func everyLengthAndPhaseIsThatOfTheDefinition() {
        let mask = WebSocketMask(word: 0xDEAD_BEEF)
        let key: [UInt8] = [0xEF, 0xBE, 0xAD, 0xDE]
        for count in 0...70 {
            let plain = ServerFrames.payload(count)
            for phase in 0..<8 {
                let expected = plain.enumerated().map { $1 ^ key[($0 + phase) & 3] }
                var buffer = ByteBuffer()
                buffer.append(contentsOf: [9, 9, 9])
                buffer.append(contentsOf: plain)
                buffer.apply(mask.advanced(by: phase), from: 3)
                #expect([UInt8](copying: buffer.span) == [9, 9, 9] + expected)
                var bytes = plain
                var span = bytes.mutableSpan
                span.apply(mask.advanced(by: phase))
                #expect(bytes == expected)
            }
        }
    }

    @Test func twiceIsNothing() {
        var buffer = ByteBuffer()
        buffer.append(contentsOf: ServerFrames.payload(100))
        for _ in 0..<2 { buffer.apply(WebSocketMask(word: 0x1234_5678)) }
        #expect([UInt8](copying: buffer.span) == ServerFrames.payload(100))
    }

    @Test func nothingHappensOutside() {
        var buffer = ByteBuffer()
        buffer.append(contentsOf: [1, 2])
        for start in [-1, 2, 3] { buffer.apply(WebSocketMask(word: .max), from: start) }
        #expect([UInt8](copying: buffer.span) == [1, 2])
        var bytes: [UInt8] = [1, 2, 3]
        var span = bytes.mutableSpan
        for (range, target) in [(0..<4, 0), (-1..<1, 0), (0..<2, 2), (0..<1, -1)] { span.move(range, to: target) }
        #expect(bytes == [1, 2, 3])
    }
}

@Suite struct WebSocketCodecTests {
    typealias Frames = ServerFrames

    @Test(arguments: [(0, 6), (1, 6), (125, 6), (126, 8), (65_535, 8), (65_536, 14), (70_000, 14)])
    func framesAreMaskedAndRead(payloadCount: Int, headerCount: Int) throws {
        var codec = Self.makeCodec()
        var output = ByteBuffer()
        codec.append(Frames.payload(payloadCount).span, to: &output)
        let frame = try #require(ClientWebSocketFrame(reading: [UInt8](copying: output.span)))
        #expect(frame.opcode == 2 && frame.isFinal && frame.isMasked && !frame.isCompressed)
        #expect(frame.headerCount == headerCount)
        #expect(frame.payload == Frames.payload(payloadCount))
    }

    @Test func everyFrameHasItsOwnMask() {
        var codec = Self.makeCodec()
        let masks = Set((0..<100).compactMap { _ in codec.header(payloadCount: 1)?.mask })
        #expect(masks.count == 100)
    }

    @Test func withoutMaskingTheHeaderIsShorter() {
        var codec = Self.makeCodec(masks: false)
        var output = ByteBuffer()
        codec.append("PING\r\n".utf8Span.span, to: &output)
        #expect([UInt8](copying: output.span) == [0x82, 6] + Array("PING\r\n".utf8))
    }

    @Test func bytesCanBeMaskedWhereTheyLie() throws {
        var codec = Self.makeCodec()
        var staged = ByteBuffer()
        staged.append(contentsOf: Frames.payload(1000))
        let made = codec.header(payloadCount: staged.count, isCompressed: true)
        let header = try #require(made)
        let mask = try #require(header.mask)
        staged.apply(mask)
        let frame = try #require(
            ClientWebSocketFrame(reading: [UInt8](copying: header.span) + [UInt8](copying: staged.span)))
        #expect(frame.payload == Frames.payload(1000) && frame.isCompressed)
    }

    /// What the driver does: every chunk is unwrapped where it lies, and pings are answered.
    @Test func everySplitPointUnwrapsToTheSame() {
        let stream =
            Frames.frame(2, Frames.payload(200)) + Frames.frame(9, "one") + Frames.frame(2, "PI", final: false)
            + Frames.frame(9, "two") + Frames.frame(0, "NG\r\n") + Frames.frame(10) + Frames.close(1001, "Server Shutdown")
            + Frames.frame(2, "late")
        let expected = Frames.payload(200) + Array("PING\r\n".utf8)
        for cut in 0...stream.count {
            let result = Self.unwrap(stream, cuts: [cut])
            #expect(result.data == expected, "cut at \(cut)")
            #expect(result.output.map(\.opcode) == [10, 10, 8])
            #expect(result.output.prefix(2).map(\.payload) == [Array("one".utf8), Array("two".utf8)])
            #expect(result.output.last?.payload == [0x03, 0xE9])
            #expect(result.close == WebSocketClose(code: 1001, reason: "Server Shutdown"))
            #expect(result.error == nil)
        }
        #expect(Self.unwrap(stream, cuts: Array(0...stream.count)).data == expected)
    }

    @Test func dataBeforeADefectCounts() {
        let stream = Frames.frame(2, "-ERR 'x'\r\n") + Frames.frame(3)
        for cut in 0...stream.count {
            let result = Self.unwrap(stream, cuts: [cut])
            #expect(result.data == Array("-ERR 'x'\r\n".utf8))
            #expect(result.error == .unknownOpcode(3))
            #expect(result.output.map(\.payload) == [[0x03, 0xEA]])
        }
    }

    @Test func compressedFramesAreRefusedWhereTheyCantBeUnwrapped() {
        #expect(Self.unwrap(Frames.frame(2, "x", bits: 0x40), cuts: [], compresses: true).error == .unexpectedCompression)
    }

    @Test func nothingIsSentAfterTheCloseFrame() {
        var codec = Self.makeCodec()
        var output = ByteBuffer()
        let isFirst = codec.appendClose(to: &output)
        let count = output.count
        let later = [
            codec.appendClose(to: &output), codec.append("x".utf8Span.span, to: &output), codec.appendPong(to: &output),
            codec.header(payloadCount: 1) != nil,
        ]
        #expect(isFirst && codec.hasSentClose)
        #expect(later == [false, false, false, false])
        #expect(output.count == count)
        let frame = ClientWebSocketFrame(reading: [UInt8](copying: output.span))
        #expect(frame?.opcode == 8 && frame?.payload == [0x03, 0xE8])
    }

    @Test func aLongReasonIsCutBetweenCharacters() throws {
        var codec = Self.makeCodec()
        var output = ByteBuffer()
        codec.appendClose(WebSocketClose(code: 1000, reason: String(repeating: "\u{E9}", count: 100)), to: &output)
        let frame = try #require(ClientWebSocketFrame(reading: [UInt8](copying: output.span)))
        #expect(frame.payload.count == 124)
        #expect(String(validating: frame.payload.dropFirst(2), as: UTF8.self) != nil)
    }

    static func makeCodec(masks: Bool = true, compresses: Bool = false) -> WebSocketCodec {
        var random = RandomSource(seed: 7)
        return WebSocketCodec(
            WebSocketUpgrade.Accepted(compresses: compresses, masks: masks, end: 0), random: &random)
    }

    struct Unwrapped {
        var data: [UInt8] = []
        var output: [ClientWebSocketFrame] = []
        var close: WebSocketClose?
        var error: WebSocketError?
    }

    static func unwrap(_ stream: [UInt8], cuts: [Int], compresses: Bool = false) -> Unwrapped {
        var codec = makeCodec(compresses: compresses)
        var result = Unwrapped()
        var start = 0
        for end in cuts + [stream.count] {
            var chunk = Array(stream[start..<end])
            start = end
            var output = ByteBuffer()
            var span = chunk.mutableSpan
            let unwrapped = codec.unwrap(&span, output: &output)
            result.data += chunk[..<unwrapped.dataCount]
            result.close = result.close ?? unwrapped.close
            result.error = result.error ?? unwrapped.error
            let isEmpty = output.isEmpty
            #expect(unwrapped.hasOutput != isEmpty)
            result.output += ClientWebSocketFrame.all([UInt8](copying: output.span))
        }
        return result
    }
}

/// A frame of the client as a server reads it.
struct ClientWebSocketFrame {
    let opcode: UInt8
    let isFinal: Bool
    let isCompressed: Bool
    let isMasked: Bool
    let headerCount: Int
    let payload: [UInt8]

    /// Nil when the bytes aren't at least one frame.
    init?(reading bytes: [UInt8]) {
        guard bytes.count >= 2 else { return nil }
        (opcode, isFinal) = (bytes[0] & 15, bytes[0] & 0x80 != 0)
        (isCompressed, isMasked) = (bytes[0] & 0x40 != 0, bytes[1] & 0x80 != 0)
        let lengthCount = bytes[1] & 127 == 126 ? 2 : bytes[1] & 127 == 127 ? 8 : 0
        headerCount = 2 + lengthCount + (isMasked ? 4 : 0)
        guard bytes.count >= headerCount else { return nil }
        let length = lengthCount == 0 ? Int(bytes[1] & 127) : bytes[2..<2 + lengthCount].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= headerCount + length else { return nil }
        let key = isMasked ? Array(bytes[headerCount - 4..<headerCount]) : [0, 0, 0, 0]
        payload = bytes[headerCount..<headerCount + length].enumerated().map { $1 ^ key[$0 & 3] }
    }

    static func all(_ bytes: [UInt8]) -> [ClientWebSocketFrame] {
        var (frames, rest): ([ClientWebSocketFrame], [UInt8]) = ([], bytes)
        while let frame = ClientWebSocketFrame(reading: rest) {
            frames.append(frame)
            rest = Array(rest.dropFirst(frame.headerCount + frame.payload.count))
        }
        return frames
    }
}
