import Testing

@testable import NATSProtocol

/// What consumers write into the reply subjects of messages.
@Suite struct AcknowledgementSubjectTests {
    private func parse(_ text: String) -> AcknowledgementSubject? { AcknowledgementSubject(text.utf8Span.span) }

    private func text(_ range: Range<Int>?, in subject: String) -> String? {
        range.map { String(decoding: Array(subject.utf8)[$0], as: UTF8.self) }
    }

    @Test func usualForm() throws {
        let subject = "$JS.ACK.EVENTS.worker.2.1005.17.1700000000123456789.42"
        let parsed = try #require(parse(subject))
        #expect(text(parsed.stream, in: subject) == "EVENTS" && text(parsed.consumer, in: subject) == "worker")
        #expect(parsed.domain == nil && parsed.deliveries == 2)
        #expect(parsed.streamSequence == 1005 && parsed.consumerSequence == 17)
        #expect(parsed.timeNanoseconds == 1_700_000_000_123_456_789 && parsed.pending == 42)
    }

    @Test func oldForm() throws { #expect(try #require(parse("$JS.ACK.S.C.1.2.3.4")).pending == nil) }

    @Test(arguments: ["", ".random", ".random.and.more"])
    func longForm(rest: String) throws {
        let subject = "$JS.ACK.hub.NUmM6cRx.EVENTS.worker.1.7.3.1700000000000000000.0\(rest)"
        let parsed = try #require(parse(subject))
        #expect(text(parsed.domain, in: subject) == "hub" && text(parsed.stream, in: subject) == "EVENTS")
        #expect(text(parsed.consumer, in: subject) == "worker" && parsed.streamSequence == 7 && parsed.pending == 0)
    }

    @Test func longFormWithoutADomain() throws {
        #expect(try #require(parse("$JS.ACK._.hash.S.C.1.2.3.4.5")).domain == nil)
    }

    @Test(arguments: [
        "", "$JS", "$JS.ACK", "$JS.ACK.", "$JS.ACK.S.C.1.2.3", "$JS.ACK.S.C.1.2.3.4.5.6", "$JS.NAK.S.C.1.2.3.4.5",
        "_INBOX.ACK.S.C.1.2.3.4.5", "$JS.ACK.S.C.x.2.3.4.5", "$JS.ACK.S.C.1.-2.3.4.5", "$JS.ACK.S.C.1.2..4.5",
        "$JS.ACK.S.C.1.2.3.99999999999999999999.5", "$JS.ACK.S.C.1.2.3.4.", "$JS.ACK..C.1.2.3.4.5",
    ])
    func anythingElseIsNone(text: String) { #expect(parse(text) == nil) }
}

/// What servers write into the headers of their answers.
@Suite struct PullAnswerTests {
    private func answer(_ text: String) -> PullAnswer? { PullAnswer(headers: text.utf8Span.span) }

    @Test func statusAndWhatIsLeft() {
        let answer = answer("NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 3\r\nNats-Pending-Bytes: 512\r\n\r\n")
        #expect(answer?.status == .requestExpired && answer?.pendingMessages == 3 && answer?.pendingBytes == 512)
    }

    @Test func heartbeatsSayTheLastMessage() {
        let answer = answer("NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 17\r\nNats-Last-Stream: 40\r\n\r\n")
        #expect(answer?.status == .idleHeartbeat && answer?.lastConsumerSequence == 17)
    }

    @Test(arguments: [
        ("NATS/1.0 503\r\n\r\n", PullStatus.noResponders), ("NATS/1.0 409\r\n\r\n", .unknown),
        ("NATS/1.0 777 X\r\n\r\n", .unknown),
        ("NATS/1.0 423 Nats-Wrong-Pin-Id\r\n\r\n", .pinMismatch), ("NATS/1.0   404   No Messages  \r\n\r\n", .noMessages),
    ])
    func statuses(text: String, status: PullStatus) { #expect(answer(text)?.status == status) }

    @Test(arguments: ["", "NATS/1.0\r\n\r\n", "NATS/1.0 \r\n\r\n", "NATS/1.0 abc\r\n", "HTTP/1.1 404\r\n\r\n", "4"])
    func headersWithoutAStatusAreNone(text: String) { #expect(answer(text) == nil) }

    @Test func numbersThatAreNoneCountForNothing() {
        #expect(answer("NATS/1.0 408 Request Timeout\r\nNats-Pending-Bytes: many\r\n\r\n")?.pendingBytes == nil)
        let huge = answer("NATS/1.0 408 Request Timeout\r\nNats-Pending-Bytes: 18446744073709551615\r\n\r\n")
        #expect(huge != nil && huge?.pendingBytes == nil && huge?.pendingMessages == nil)
    }
}
