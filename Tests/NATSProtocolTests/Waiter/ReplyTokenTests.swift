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
        (0, "0"), (9, "9"), (10, "A"), (31, "V"), (32, "10"), (1 << 32, "4000000"), (UInt64.max, "FVVVVVVVVVVVV"),
        (UInt64.max >> 4, "VVVVVVVVVVVV"), (1 << 60, "1000000000000"),
    ])
    func idsAreWrittenInTheirShortestForm(rawValue: UInt64, expected: String) {
        #expect(text(rawValue) == expected)
        #expect(parse(expected) == rawValue)
    }

    @Test func theTextFollowsWhatIsThere() {
        var buffer = ByteBuffer()
        buffer.append("_INBOX.x.")
        ReplyToken.append(WaiterID(rawValue: 32), to: &buffer)
        #expect(buffer.count == 11)
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
        "", "G000000000000", "FVVVVVVVVVVVVV", "VVVVVVVVVVVVV", "10000000000000", "00", "01", "0FVVVVVVVVVVVV", "a",
        "W", "w", "/", ":",
        "@", " 1", "1 ", "1.2", "-1", "+1", "\u{E9}", "1\0", "*", ">",
    ])
    func otherTextsAreNoIDs(text: String) {
        #expect(parse(text) == nil)
    }
}
