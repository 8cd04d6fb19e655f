import Testing

@testable import NATSProtocol

@Suite struct ReplyTokenTests {
    private func text(_ rawValue: UInt64) -> String {
        var buffer = ByteBuffer()
        ReplyToken.append(WaiterID(rawValue: rawValue), to: &buffer)
        var bytes: [UInt8] = []
        for index in buffer.span.indices { bytes.append(buffer.span[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func parse(_ text: String) -> UInt64? {
        let bytes = Array(text.utf8)
        return ReplyToken.parse(bytes.span)?.rawValue
    }

    @Test(arguments: [
        (0, "0000000000000000"), (9, "0000000000000009"), (10, "000000000000000A"), (0xABCDEF, "0000000000ABCDEF"),
        (1 << 32, "0000000100000000"), (UInt64.max, "FFFFFFFFFFFFFFFF"), (0x0123_4567_89AB_CDEF, "0123456789ABCDEF"),
    ])
    func idsAreSixteenDigits(rawValue: UInt64, expected: String) {
        #expect(text(rawValue) == expected)
        #expect(parse(expected) == rawValue)
    }

    @Test func theTextFollowsWhatIsThere() {
        var buffer = ByteBuffer()
        buffer.append("_INBOX.x.")
        ReplyToken.append(WaiterID(rawValue: 32), to: &buffer)
        #expect(buffer.count == 25)
    }

    @Test(arguments: 0..<8)
    func everyIDSurvivesTheRoundTrip(seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<2_000 {
            let rawValue = random.next() >> random.next(below: 64)
            #expect(parse(text(rawValue)) == rawValue)
        }
    }

    @Test(arguments: [
        "", "0", "000000000000000", "00000000000000000", "000000000000000a", "00000000000000.1", "-000000000000001",
        "+000000000000001", " 000000000000001", "000000000000001 ", "00000000\u{E9}000001", "000000000000000\0",
        "000000000000000*", "000000000000000>", "____ALSO_NO_ID__",
    ])
    func otherTextsAreNoIDs(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func everyByteButADigitIsRefusedAtEveryPlace() {
        let digits = Set("0123456789ABCDEF".utf8)
        for place in 0..<ReplyToken.byteCount {
            for byte in UInt8.min...UInt8.max {
                var token = Array("0123456789ABCDEF".utf8)
                token[place] = byte
                #expect((ReplyToken.parse(token.span) != nil) == digits.contains(byte))
            }
        }
    }
}
