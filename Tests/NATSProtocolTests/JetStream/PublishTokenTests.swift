import Testing

@testable import NATSProtocol

@Suite struct PublishTokenTests {
    private func text(_ slots: Int, _ slot: Int, _ generation: UInt32) -> String {
        var buffer = ByteBuffer()
        PublishToken(slots: slots).append(WaiterID(slot: slot, generation: generation), to: &buffer)
        return String(decoding: buffer.span.indices.map { buffer.span[$0] }, as: UTF8.self)
    }

    private func parse(_ slots: Int, _ text: String) -> WaiterID? {
        let bytes = Array(text.utf8)
        return PublishToken(slots: slots).parse(bytes.span)
    }

    @Test func theFirstMessagesHaveShortTokens() {
        #expect(text(4096, 0, 2) == "004")
        #expect(text(4096, 4095, 2) == "__4")
        #expect(text(4096, 4095, 30).count == 3)
        #expect(text(4096, 4095, 250_000).count == 6)
        #expect(text(1, 0, 2) == "4")
    }

    @Test(arguments: [1, 2, 3, 100, 4096, 5000, Int(Int32.max)], 0..<4 as Range<UInt64>)
    func everyIDSurvivesTheRoundTrip(slots: Int, seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<500 {
            let slot = Int(random.next(below: UInt64(slots) + 1))
            let generation = UInt32(truncatingIfNeeded: random.next() >> (32 + random.next(below: 32)))
            let token = text(slots, slot, generation)
            #expect(parse(slots, token) == WaiterID(slot: slot, generation: generation))
            #expect(token.utf8.count <= 11)
        }
    }

    @Test(arguments: [
        "", "40", "0040", "00.", "0 4", "0*", "\u{E9}", "___________", "000000000000", "004\r", "04+", "0/4", "04:", "0@4", "0[4",
        "0`4", "0{4",
    ])
    func otherTextsAreNoIDs(text: String) {
        #expect(parse(4096, text) == nil)
    }
}
