import Testing

@testable import NATSProtocol

/// A dialogue: what the proxy says in turn, and what the client has sent before each of it.
struct ProxyDialogue {
    struct Outcome: Equatable {
        var sent: [UInt8] = []
        var rest: [UInt8]?
        var error: ProxyError?
    }

    /// Runs a handshake with `answer`, cut at `cuts`.
    static func run(_ make: () throws -> ProxyHandshake, _ answer: [UInt8], cuts: [Int]) throws -> Outcome {
        var handshake = try make()
        var output = ByteBuffer()
        handshake.start(into: &output)
        var outcome = Outcome()
        for end in cuts + [answer.count] where outcome.rest == nil && outcome.error == nil {
            do throws(ProxyError) {
                let start = try handshake.received(answer.span.extracting(0..<end), output: &output)
                if let start { outcome.rest = Array(answer[start...]) }
            } catch {
                outcome.error = error
            }
        }
        outcome.sent = [UInt8](copying: output.span)
        return outcome
    }

    static func everySplit(_ make: () throws -> ProxyHandshake, _ answer: [UInt8]) throws -> Outcome {
        let whole = try run(make, answer, cuts: [])
        for cut in 0...answer.count {
            var split = try run(make, answer, cuts: [cut])
            // The bytes behind the handshake stay with the caller, who has only those before the cut.
            if let rest = split.rest, rest.count < whole.rest?.count ?? 0 { split.rest = whole.rest }
            #expect(split == whole, "cut at \(cut)")
        }
        #expect(try run(make, answer, cuts: Array(0...answer.count)).error == whole.error)
        return whole
    }
}

@Suite struct HTTPConnectTests {
    static let info = "INFO {}\r\n"

    static func make(_ proxy: String = "http://p", _ host: String = "nats.example") throws -> ProxyHandshake {
        try ProxyHandshake(through: ProxyAddress(parsing: proxy), host: host, port: 4222)
    }

    @Test func theTunnelOpens() throws {
        let answer = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n" + Self.info
        let outcome = try ProxyDialogue.everySplit({ try Self.make() }, Array(answer.utf8))
        #expect(
            String(decoding: outcome.sent, as: UTF8.self)
                == "CONNECT nats.example:4222 HTTP/1.1\r\nHost: nats.example:4222\r\n\r\n")
        #expect(outcome.rest == Array(Self.info.utf8))
    }

    /// The example of RFC 7617 section 2.
    @Test func credentialsAreBasic() throws {
        let outcome = try ProxyDialogue.run(
            { try Self.make("http://Aladdin:open%20sesame@p", "2001:db8::1") }, Array("HTTP/1.0 200\r\n\r\n".utf8), cuts: [])
        let sent = String(decoding: outcome.sent, as: UTF8.self)
        #expect(sent.hasPrefix("CONNECT [2001:db8::1]:4222 HTTP/1.1\r\n"))
        #expect(sent.contains("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"))
        #expect(outcome.rest == [])
    }

    @Test(arguments: [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", ProxyError.authenticationFailed),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", .refused(status: 403, reason: "Forbidden")),
        ("HTTP/1.1 101 Switching\r\n\r\n", .refused(status: 101, reason: "Switching")),
        ("INFO {}\r\n", .response(.speaksNATS)), ("\u{5}\u{0}", .response(.notHTTP)),
        ("HTTP/1.1 2x0\r\n\r\n", .response(.malformed)),
    ])
    func refusals(answer: String, error: ProxyError) throws {
        let outcome = try ProxyDialogue.everySplit({ try Self.make() }, Array(answer.utf8))
        #expect(outcome.error == error)
        #expect(outcome.rest == nil)
        #expect(!error.description.isEmpty)
    }

    @Test func errorsAreRepeated() throws {
        var machine = HTTPConnectStateMachine(host: "a", port: 1)
        for text in ["SSH-2.0", "HTTP/1.1 200\r\n\r\n"] {
            #expect(throws: ProxyError.response(.notHTTP)) { try machine.received(text.utf8Span.span) }
        }
    }
}

@Suite struct SOCKS5Tests {
    static let v4Reply: [UInt8] = [5, 0, 0, 1, 10, 0, 0, 1, 0x12, 0x34]
    static let info = Array("INFO".utf8)

    static func make(_ host: String = "nats.example", _ proxy: String = "socks5://p") throws -> ProxyHandshake {
        try ProxyHandshake(through: ProxyAddress(parsing: proxy), host: host, port: 4222)
    }

    @Test(
        arguments: [
            ("nats.example", [3, 12] + Array("nats.example".utf8)), ("1.2.3.4", [1, 1, 2, 3, 4]),
            ("2001:db8::1", [4, 0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ] as [(String, [UInt8])])
    func everyKindOfTarget(host: String, address: [UInt8]) throws {
        let outcome = try ProxyDialogue.everySplit({ try Self.make(host) }, [5, 0] + Self.v4Reply + Self.info)
        #expect(outcome.sent == [5, 1, 0] + [5, 1, 0] + address + [0x10, 0x7E])
        #expect(outcome.rest == Self.info)
    }

    @Test(
        arguments: [
            [5, 0, 0, 1, 1, 2, 3, 4, 0, 0], [5, 0, 0, 4] + [UInt8](repeating: 1, count: 18),
            [5, 0, 0, 3, 0, 0, 0], [5, 0, 0, 3, 3, 97, 98, 99, 0, 1],
        ] as [[UInt8]])
    func everyKindOfReply(reply: [UInt8]) throws {
        #expect(try ProxyDialogue.everySplit({ try Self.make() }, [5, 0] + reply + Self.info).rest == Self.info)
    }

    @Test func userAndPassword() throws {
        let outcome = try ProxyDialogue.everySplit(
            { try Self.make("a", "socks5://ann:pw@p") }, [5, 2, 1, 0] + Self.v4Reply + Self.info)
        #expect(
            outcome.sent == [5, 2, 0, 2] + [1, 3] + Array("ann".utf8) + [2] + Array("pw".utf8)
                + [5, 1, 0, 3, 1, 0x61, 0x10, 0x7E])
        #expect(outcome.rest == Self.info)
        let unneeded = try ProxyDialogue.run({ try Self.make("a", "socks5://ann:pw@p") }, [5, 0] + Self.v4Reply, cuts: [])
        #expect(unneeded.rest == [])
        #expect(!String(decoding: unneeded.sent, as: UTF8.self).contains("ann"))
    }

    static let refusals: [(answer: [UInt8], hasCredentials: Bool, error: ProxyError)] = [
        ([5, 0xFF], false, .authenticationFailed), ([5, 0xFF], true, .noCommonAuthentication),
        ([5, 2], false, .notSOCKS5), ([5, 1], false, .notSOCKS5), ([4, 0], false, .notSOCKS5),
        ([72], false, .notSOCKS5), ([5, 2, 1, 1], true, .authenticationFailed), ([5, 2, 5], true, .notSOCKS5),
        ([5, 0, 4], false, .notSOCKS5), ([5, 0, 5, 0, 0, 2, 0], false, .notSOCKS5),
    ]

    @Test(arguments: UInt8(1)...9)
    func theProxysReasonIsPassedOn(code: UInt8) throws {
        let outcome = try ProxyDialogue.everySplit({ try Self.make() }, [5, 0, 5, code])
        #expect(outcome.error == .socks(SOCKS5Reply(code: code)))
    }

    @Test(arguments: refusals)
    func refusalsAreTyped(answer: [UInt8], hasCredentials: Bool, error: ProxyError) throws {
        let proxy = hasCredentials ? "socks5://ann:pw@p" : "socks5://p"
        let outcome = try ProxyDialogue.everySplit({ try Self.make("a", proxy) }, answer)
        #expect(outcome.error == error)
        #expect(!error.description.isEmpty)
    }

    @Test func whatDoesntFitIsRefusedBeforeItIsSent() throws {
        let long = String(repeating: "x", count: 256)
        #expect(throws: ProxyError.unusableServerName) { try SOCKS5StateMachine(host: long, port: 1) }
        #expect(throws: ProxyError.unusableServerName) { try SOCKS5StateMachine(host: "", port: 1) }
        for (user, password) in [(long, "p"), ("u", long), ("", "p")] {
            #expect(throws: ProxyError.unusableCredentials) {
                try SOCKS5StateMachine(host: "a", port: 1, credentials: .init(user: user, password: password))
            }
        }
    }

    @Test func errorsAreRepeated() throws {
        var machine = try SOCKS5StateMachine(host: "a", port: 1)
        var output = ByteBuffer()
        for bytes in [[4, 0], [5, 0]] as [[UInt8]] {
            #expect(throws: ProxyError.notSOCKS5) { try machine.received(bytes.span, output: &output) }
        }
    }
}
