import TestSupport
import Testing

@testable import NATSChaos

@Suite("What the wire carried, and what the handlers got") struct InboundBookTests {
    private let verdict = Verdict(name: "test", clock: RunClock(), isQuiet: true)

    private func makeBook(isLossy: Bool = false) -> InboundBook {
        let book = InboundBook(client: "c", verdict: verdict)
        book.open("s", isLossy: isLossy)
        return book
    }

    private func row(_ number: Int) -> Row { Row(publisher: 0, number: number) }

    @Test func inOrderOverTwoConnections() {
        let book = makeBook()
        for number in 0..<3 { book.sent(row(number), to: "s", link: 1) }
        for number in 3..<5 { book.sent(row(number), to: "s", link: 2) }
        book.closed(link: 1)
        for number in [0, 1, 3, 4] { book.delivered(row(number), by: "s") }
        #expect(verdict.count == 0)
        #expect(book.waiting("s") == 0)
        #expect(book.totals("s").lostInCut == 1)
    }

    @Test func aMessageThatIsDeliveredTwiceIsFound() {
        let book = makeBook()
        book.sent(row(0), to: "s", link: 1)
        for _ in 0..<2 { book.delivered(row(0), by: "s") }
        #expect(verdict.count == 1)
    }

    @Test(arguments: [false, true]) func aMessageThatIsSwallowedIsFoundUnlessItsQueueIsSmall(isLossy: Bool) {
        let book = makeBook(isLossy: isLossy)
        for number in 0..<3 { book.sent(row(number), to: "s", link: 1) }
        for number in [0, 2] { book.delivered(row(number), by: "s") }
        #expect(verdict.count == (isLossy ? 0 : 1))
        if isLossy { #expect(book.totals("s").dropped == 1) }
    }

    @Test func theTapReadsBothDirectionsInAnyPieces() {
        let rows = RowBook(publisher: 2, isTapped: true, witnesses: 0, verdict: verdict)
        let book = makeBook()
        book.open("rows.*")
        let tap = WireTap(client: "c", isWebSocket: false, rows: rows, inbound: book, verdict: verdict)
        let said = Array("CONNECT {}\r\nSUB rows.* 4\r\nPUB rows.2 4\r\n11 x\r\nPING\r\n".utf8)
        for byte in said { tap.read([byte], .clientToServer, link: 0) }
        let heard = Array("INFO {}\r\nMSG rows.2 4 4\r\n11 x\r\nPONG\r\n".utf8)
        for byte in heard { tap.read([byte], .serverToClient, link: 0) }
        #expect(rows.totals.fencedOnWire == 1)
        #expect(book.waiting("rows.*") == 1)
        book.delivered(Row(publisher: 2, number: 11), by: "rows.*")
        #expect(verdict.count == 0)
    }

    @Test func aSplicedFrameIsFound() {
        let tap = WireTap(client: "c", isWebSocket: false, rows: nil, inbound: makeBook(), verdict: verdict)
        tap.read(Array("PUB rows.2 4\r\n11 PUB rows.2 4\r\n12 x\r\n".utf8)[...], .clientToServer, link: 0)
        #expect(verdict.count == 1)
    }

    @Test func webSocketFramesAreReadInAnyPieces() {
        var unframer = WebSocketUnframer()
        let mask: [UInt8] = [1, 2, 3, 4]
        let text = Array("PING\r\n".utf8)
        let masked = text.enumerated().map { $1 ^ mask[$0 % 4] }
        let bytes =
            Array("GET / HTTP/1.1\r\n\r\n".utf8) + [0x82, 0x80 | 6] + mask + masked + [0x8A, 0] + [0x82, 126, 0, 6] + text
        var payload: [UInt8] = []
        for byte in bytes { payload += unframer.feed([byte]) }
        #expect(payload == text + text)
        #expect(unframer.feed([0x82, 6] + text.prefix(2)) == text.prefix(2), "a frame's payload is read as it comes")
    }

    @Test func theScheduleFollowsFromTheSeed() {
        var (one, same, other) = (Schedule(seed: 7), Schedule(seed: 7), Schedule(seed: 8))
        let text = "\(one.nextEpisode())\(one.nextEpisode())"
        #expect(text == "\(same.nextEpisode())\(same.nextEpisode())")
        #expect(text != "\(other.nextEpisode())\(other.nextEpisode())")
    }
}
