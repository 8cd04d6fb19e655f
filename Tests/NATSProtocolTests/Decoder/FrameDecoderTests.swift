import Testing

@testable import NATSProtocol

extension FrameDecoder {
    /// Makes the next call take the slow path.
    mutating func forceSlowPath() { hasLeftover = true }
}

@Suite("Frame decoder")
struct FrameDecoderTests {
    @Test("Every operation gives its frame")
    func everyOperation() {
        let stream = decode(
            bytes(
                "INFO {\"a\":1}\r\nMSG s 7 r 2\r\nhi\r\nHMSG s 8 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"
                    + "PING\r\nPONG\r\n+OK\r\n-ERR 'No'\r\n"
            ))
        #expect(
            stream.items == [
                .info("{\"a\":1}"),
                .message(sid: 7, subject: "s", reply: "r", headers: [], payload: bytes("hi")),
                .message(sid: 8, subject: "s", reply: "", headers: bytes("NATS/1.0\r\n\r\n"), payload: bytes("hi")),
                .ping, .pong, .ok, .error("No"),
            ])
        #expect(stream.error == nil)
    }

    @Test(
        "An error text loses its blanks and quotes, nothing else",
        arguments: [
            ("-ERR 'Stale Connection'\r\n", "Stale Connection"), ("-ERR Stale Connection\r\n", "Stale Connection"),
            ("-err \t 'a ''\r\n", "a"), ("-ERR\r\n", ""), ("-ERR '\r\n", ""),
            (
                "-ERR 'Permissions Violation for Publish to \"it's\"'\r\n",
                "Permissions Violation for Publish to \"it's\""
            ),
        ])
    func errorText(line: String, text: String) {
        #expect(decode(bytes(line)).items == [.error(text)])
    }

    @Test(
        "A sid that is no number below 2^64 is 0",
        arguments: [
            ("1", 1), ("18446744073709551615", UInt64.max), ("18446744073709551616", 0), ("x", 0), ("-1", 0),
            ("12345678", 12_345_678),
            ("123456789", 123_456_789), ("1234567890123456", 1_234_567_890_123_456),
            ("12345678901234567", 12_345_678_901_234_567),
            ("1234567x", 0), ("123456789x", 0), ("x12345678", 0), ("12345678/", 0), ("1234567:", 0),
        ] as [(String, UInt64)])
    func sid(text: String, sid: UInt64) {
        let input = bytes("MSG some.subject \(text) 20\r\n12345678901234567890\r\n")
        let expected = DecodedItem.message(
            sid: sid, subject: "some.subject", reply: "", headers: [], payload: bytes("12345678901234567890"))
        #expect(decode(input).items == [expected])
        #expect(decodeSlowly(input).items == [expected])
    }

    @Test(
        "A defect has its kind and its place",
        arguments: [
            ("HTTP/1.1 400\r\n", .unknownOperation, 1, nil), ("PIXG\r\n", .unknownOperation, 2, nil),
            ("PINGX", .unknownOperation, 4, nil), ("PING\n", .malformedLine, 4, nil),
            ("PING\rX", .malformedLine, 5, nil),
            ("PING x\r\n", .malformedArguments, 5, nil), ("MSG a 1\r\n", .malformedArguments, 3, nil),
            ("MSG a 1 r 2 3\r\n", .malformedArguments, 3, nil), ("MSG a 1 -2\r\n", .malformedSize, 8, nil),
            ("HMSG a 1 3 2\r\n", .headersLongerThanMessage, 9, nil),
            ("MSG a 1 2\r\nabc\r\n", .missingMessageEnd, 13, nil),
            ("MSG a 1 67108865\r\n", .messageTooLong, 8, 67_108_864),
            ("HMSG a 1 9999999 9999999\r\n", .headersTooLong, 9, 8_388_608),
        ] as [(String, ProtocolError.Kind, Int, Int?)])
    func defects(text: String, kind: ProtocolError.Kind, offset: Int, limit: Int?) {
        let error = decode(bytes(text)).error
        #expect(error?.kind == kind)
        #expect(error?.offset == offset)
        #expect(error?.limit == limit)
    }

    @Test("Every broken stream of the corpus ends in an error", arguments: Corpus.broken)
    func broken(text: String) {
        #expect(decode(bytes(text)).error != nil)
    }

    @Test("Every sound stream of the corpus is consumed without an error", arguments: Corpus.sound)
    func sound(text: String) {
        let stream = decode(bytes(text))
        #expect(stream.error == nil)
        #expect(stream.leftoverCount == 0)
        #expect(!stream.items.isEmpty)
    }

    @Test("After an error the same error comes again, whatever is fed")
    func absorbing() {
        var decoder = FrameDecoder()
        var frame = DecodedFrame()
        let first = #expect(throws: ProtocolError.self) {
            _ = try decoder.next(bytes("PING\r\nX").span, at: 6, &frame)
        }
        let second = #expect(throws: ProtocolError.self) {
            _ = try decoder.next(bytes("MSG bench.subject.a 1048577 3\r\nabc\r\n").span, at: 0, &frame)
        }
        #expect(first != nil)
        #expect(first == second)
    }

    @Test("A missing payload says how many bytes the frame takes")
    func needed() throws {
        var decoder = FrameDecoder()
        var frame = DecodedFrame()
        let input = bytes("PING\r\nMSG a 1 1000\r\nabc")
        #expect(try decoder.next(input.span, at: 6, &frame) == .needsMore)
        #expect(frame.needed == 14 + 1000 + 2)
        #expect(try decoder.next((input + bytes("def")).span, at: 6, &frame) == .needsMore)
        #expect(frame.needed == 14 + 1000 + 2)
    }

    @Test("An incomplete control line says that the need is unknown")
    func neededUnknown() throws {
        var decoder = FrameDecoder()
        var frame = DecodedFrame()
        #expect(try decoder.next(bytes("MSG a 1 10").span, at: 0, &frame) == .needsMore)
        #expect(frame.needed == 0)
    }

    @Test("A long line that comes in drips is scanned once")
    func drippedLine() throws {
        let line = bytes("INFO {\"x\":\"" + String(repeating: "y", count: 200_000) + "\"}\r\n")
        var decoder = FrameDecoder()
        var frame = DecodedFrame()
        for count in stride(from: 6, to: line.count - 2, by: 997) {
            #expect(try decoder.next(line.span.extracting(first: count), at: 0, &frame) == .needsMore)
            #expect(decoder.scannedCount == count)
        }
        #expect(try decoder.next(line.span, at: 0, &frame) == .info)
        #expect(frame.textCount == line.count - 7)
    }

    @Test("Sizes of the frame and of the decoder's answer stay small")
    func layout() {
        #expect(MemoryLayout<DecodedFrame>.size == 96)
        #expect(MemoryLayout<FrameKind>.size == 1)
        #expect(MemoryLayout<DecodedFrame>.stride == 96)
    }
}
