import Testing

@testable import NATSProtocol

@Suite struct SHA1Tests {
    /// FIPS 180-4 examples, and the lengths around a block.
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (String(repeating: "a", count: 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
        (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
        (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func vectors(message: String, digest: String) {
        let hex = SHA1.digest(of: message.utf8Span.span).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        #expect(hex.joined() == digest)
    }
}

@Suite struct WebSocketUpgradeTests {
    /// RFC 6455 section 1.3.
    @Test func acceptOfTheRFC() {
        #expect(WebSocketUpgrade.accept(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func theRequestIsWellFormed() throws {
        var offer = WebSocketUpgrade.Offer()
        offer.compression = true
        offer.noMasking = true
        offer.headers = [HTTPField("Cookie", "jwt=abc"), HTTPField("X-Trace", "1\t2")]
        let upgrade = try Self.make("ws://host:8080/nats?x=1", offer)
        #expect(
            Self.request(of: upgrade) == """
                GET /nats?x=1 HTTP/1.1\r
                Host: host:8080\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Key: \(upgrade.key)\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r
                Nats-No-Masking: true\r
                Cookie: jwt=abc\r
                X-Trace: 1\t2\r
                \r

                """)
        #expect(Base64.decode(upgrade.key.utf8Span.span, .standard)?.count == 16)
    }

    @Test(arguments: [
        ("ws://host", "/", "host"), ("ws://host:443", "/", "host:443"), ("wss://host", "/", "host"),
        ("wss://host:80/p", "/p", "host:80"), ("ws://[::1]:8080", "/", "[::1]:8080"),
        ("wss://[fe80::1%25eth0]", "/", "[fe80::1]"),
    ])
    func pathAndHostAreThoseOfTheAddress(address: String, path: String, host: String) throws {
        let request = Self.request(of: try Self.make(address))
        #expect(request.hasPrefix("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n"))
        #expect(!request.contains("Extensions") && !request.contains("Masking"))
    }

    @Test func twoUpgradesHaveDifferentKeys() throws {
        var random = RandomSource(seed: 1)
        let address = try ServerAddress(parsing: "ws://a")
        let keys = try (0..<2).map { _ in try WebSocketUpgrade(server: address, random: &random).key }
        #expect(keys[0] != keys[1])
    }

    @Test(arguments: [
        ("X-A", "b\r\nX-Evil: 1"), ("X A", "b"), ("", "b"), ("X:A", "b"), ("X-A", "\u{0}"), ("Host", "b"),
        ("sec-websocket-key", "b"), ("CONTENT-LENGTH", "1"), ("Nats-No-Masking", "true"),
    ])
    func headersThatWouldChangeTheRequestAreRefused(name: String, value: String) throws {
        var offer = WebSocketUpgrade.Offer()
        offer.headers = [HTTPField(name, value)]
        #expect(throws: WebSocketError.self) { try Self.make("ws://a", offer) }
    }

    @Test(arguments: ["ws://a/leafnode", "ws://a/x/mqtt", "ws://a/mqtt?x=1"])
    func pathsOfOtherClientsAreRefused(address: String) {
        #expect(throws: WebSocketError.reservedPath) { try Self.make(address) }
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        var error: WebSocketError?
        var compresses = false
        var masks = true
        var testDescription: String { name }
    }

    private static let deflate = "Sec-WebSocket-Extensions: permessage-deflate"
    private static let noContext = "; server_no_context_takeover; client_no_context_takeover"

    /// ACCEPT stands for the value that belongs to the key.
    static let answers: [Answer] = [
        Answer(name: "as the server writes it", text: head()),
        Answer(
            name: "other case, order and blanks",
            text:
                "HTTP/1.0 101\r\nconnection:keep-alive , upgrade\r\nsec-websocket-accept:  ACCEPT \r\nupgrade: WebSocket\r\n\r\n"),
        Answer(name: "lines that end with LF", text: head().replacing("\r\n", with: "\n")),
        Answer(name: "no masking", text: head("Nats-No-Masking: true\r\n"), masks: false),
        Answer(name: "another value for no masking", text: head("Nats-No-Masking: yes\r\n")),
        Answer(name: "compression", text: head("\(deflate)\(noContext)\r\n"), compresses: true),
        Answer(
            name: "compression in another form",
            text: head("\(deflate);client_no_context_takeover ; Server_No_Context_Takeover;server_max_window_bits=12\r\n"),
            compresses: true),
        Answer(
            name: "compression with context", text: head("\(deflate); server_no_context_takeover\r\n"),
            error: .compressionKeepsContext),
        Answer(
            name: "a window that wasn't offered", text: head("\(deflate)\(noContext); client_max_window_bits=9\r\n"),
            error: .unexpectedExtension),
        Answer(
            name: "another extension", text: head("Sec-WebSocket-Extensions: x-snappy\r\n"), error: .unexpectedExtension),
        Answer(
            name: "two extensions", text: head("\(deflate)\(noContext), x\r\n"), error: .unexpectedExtension),
        Answer(name: "a protocol", text: head("Sec-WebSocket-Protocol: mqtt\r\n"), error: .unexpectedExtension),
        Answer(name: "the answer to another key", text: head().replacing("ACCEPT", with: "AAAA"), error: .wrongAccept),
        Answer(name: "no accept", text: head().replacing("Sec-WebSocket-Accept", with: "X"), error: .wrongAccept),
        Answer(name: "no upgrade", text: head().replacing("Upgrade: websocket", with: "X: y"), error: .notUpgraded),
        Answer(name: "no connection", text: head().replacing("Connection: ", with: "X: "), error: .notUpgraded),
        Answer(
            name: "refused", text: "HTTP/1.1 403 For\u{7}bidden\r\nContent-Length: 0\r\n\r\n",
            error: .refused(status: 403, reason: "For?bidden")),
        Answer(name: "redirected", text: "HTTP/1.1 302\r\n\r\n", error: .refused(status: 302, reason: "")),
        Answer(name: "INFO", text: "INFO {\"server_id\":\"x\"}\r\n", error: .response(.speaksNATS)),
        Answer(name: "another protocol", text: "SSH-2.0-x\r\n", error: .response(.notHTTP)),
        Answer(name: "nearly INFO", text: "INFORM\r\n", error: .response(.notHTTP)),
        Answer(name: "HTTP/2", text: "HTTP/2 101\r\n\r\n", error: .response(.notHTTP)),
        Answer(name: "no status", text: "HTTP/1.1 abc\r\n\r\n", error: .response(.malformed)),
        Answer(name: "a line that is no field", text: "HTTP/1.1 101 x\r\nhello\r\n\r\n", error: .response(.malformed)),
        Answer(name: "a folded field", text: "HTTP/1.1 101 x\r\nA: b\r\n c\r\n\r\n", error: .response(.malformed)),
        Answer(
            name: "a head without end", text: "HTTP/1.1 101 " + String(repeating: "x", count: 20_000),
            error: .response(.tooLong(limit: 16_384))),
        Answer(
            name: "an end behind the limit",
            text: "HTTP/1.1 101 " + String(repeating: "x", count: 16_370) + "\r\n\r\n",
            error: .response(.tooLong(limit: 16_384))),
    ]

    static func head(_ more: String = "") -> String {
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: ACCEPT\r\n\(more)\r\n"
    }

    @Test(arguments: answers)
    func answersAreChecked(_ answer: Answer) throws {
        let result = try Self.answer(answer.text, cuts: [])
        #expect(result.error == answer.error)
        if answer.error == nil {
            #expect(result.accepted?.compresses == answer.compresses)
            #expect(result.accepted?.masks == answer.masks)
            #expect(result.rest == Self.frames)
        }
        #expect(!"\(answer.error.map(String.init(describing:)) ?? "none")".isEmpty)
    }

    @Test(arguments: answers)
    func everySplitPointGivesTheSame(_ answer: Answer) throws {
        let whole = try Self.answer(answer.text, cuts: [])
        let count = answer.text.utf8.count
        for cut in stride(from: 0, through: count, by: count > 1000 ? 97 : 1) {
            #expect(try Self.answer(answer.text, cuts: [cut]) == whole, "cut at \(cut)")
        }
        if count < 1000 { #expect(try Self.answer(answer.text, cuts: Array(0...count)) == whole) }
    }

    @Test func whatWasNotOfferedIsNotAccepted() throws {
        var upgrade = try Self.make("ws://a")
        let text = Self.head("Nats-No-Masking: true\r\n").replacing("ACCEPT", with: WebSocketUpgrade.accept(for: upgrade.key))
        let accepted = try upgrade.response(text.utf8Span.span)
        #expect(accepted?.masks == true)
        var second = try Self.make("ws://a")
        let deflate = Self.head("\(Self.deflate)\(Self.noContext)\r\n")
            .replacing("ACCEPT", with: WebSocketUpgrade.accept(for: second.key))
        #expect(throws: WebSocketError.unexpectedExtension) { try second.response(deflate.utf8Span.span) }
        #expect(throws: WebSocketError.unexpectedExtension) { try second.response("".utf8Span.span) }
    }

    static let frames: [UInt8] = [0x82, 0]

    struct Result: Equatable {
        var accepted: WebSocketUpgrade.Accepted?
        var error: WebSocketError?
        var rest: [UInt8] = []
    }

    /// The answer with a frame behind it, cut at `cuts`; the caller keeps what isn't consumed.
    static func answer(_ text: String, cuts: [Int]) throws -> Result {
        var offer = WebSocketUpgrade.Offer()
        (offer.compression, offer.noMasking) = (true, true)
        var upgrade = try make("ws://a", offer)
        let answer = text.replacing("ACCEPT", with: WebSocketUpgrade.accept(for: upgrade.key))
        let bytes = Array(answer.utf8) + frames
        var result = Result()
        for end in cuts + [bytes.count] where result.accepted == nil && result.error == nil {
            do throws(WebSocketError) {
                result.accepted = try upgrade.response(bytes.span.extracting(0..<end))
            } catch {
                result.error = error
            }
        }
        if let accepted = result.accepted { result.rest = Array(bytes[accepted.end...]) }
        return result
    }

    static func make(_ address: String, _ offer: WebSocketUpgrade.Offer = .init()) throws -> WebSocketUpgrade {
        var random = RandomSource(seed: 3)
        return try WebSocketUpgrade(server: ServerAddress(parsing: address), offer: offer, random: &random)
    }

    static func request(of upgrade: WebSocketUpgrade) -> String {
        var output = ByteBuffer()
        upgrade.appendRequest(to: &output)
        return String(repairing: output.span)
    }
}
