import Testing

@testable import NATSProtocol

@Suite struct ConnectEncodingTests {
    private func json(
        headers: Bool = true, _ authentication: ConnectParameters.Authentication = .none,
        _ change: (inout ConnectParameters) -> Void = { _ in }
    ) throws -> String {
        var server = ServerInfo()
        server.supportsHeaders = headers
        var parameters = try ConnectParameters(server: server, version: "1.2.3", authentication: authentication)
        change(&parameters)
        return String(decoding: try parameters.json(), as: UTF8.self)
    }

    private static let common =
        #""echo":true,"headers":true,"lang":"swift","no_responders":true,"pedantic":false,"protocol":1,"#
        + #""tls_required":false,"verbose":false,"version":"1.2.3""#

    @Test func allThatAServerWouldGuessIsExplicit() throws {
        #expect(try json() == "{\(Self.common)}")
    }

    @Test func headersAndNoRespondersFollowTheServer() throws {
        let text = try json(headers: false)
        #expect(text.contains(#""headers":false"#))
        #expect(text.contains(#""no_responders":false"#))
    }

    @Test func optionsAreWritten() throws {
        let text = try json {
            $0.verbose = true
            $0.pedantic = true
            $0.requiresTLS = true
            $0.name = "n"
        }
        for field in [#""verbose":true"#, #""pedantic":true"#, #""tls_required":true"#, #""name":"n""#] {
            #expect(text.contains(field))
        }
    }

    @Test func oneAuthenticationGroupIsWritten() throws {
        let keys = ["auth_token", "user", "pass", "nkey", "sig", "jwt"]
        let cases: [(ConnectParameters.Authentication, Set<String>)] = [
            (.none, []), (.token("t"), ["auth_token"]), (.user("u", password: ""), ["user", "pass"]),
            (.nkey(publicKey: "U", signature: "s"), ["nkey", "sig"]), (.jwt("j", signature: "s"), ["jwt", "sig"]),
            (.jwt("j", signature: nil), ["jwt"]),
        ]
        for (authentication, expected) in cases {
            let text = try json(authentication)
            #expect(Set(keys.filter { text.contains("\"\($0)\":") }) == expected)
        }
        #expect(try json(.user("u", password: "p/\"")).contains(#""pass":"p/\"","#))
    }

    @Test func theObjectIsOneLineWhateverTheTextsHold() throws {
        let parameters = try json(.user("a\r\nPUB x 0\r\n\u{0}", password: "\u{2028}\n")) { $0.name = "\r\n\u{1}" }
        #expect(!parameters.utf8.contains(0x0D) && !parameters.utf8.contains(0x0A) && !parameters.utf8.contains(0))
        #expect(parameters.contains(#""user":"a\r\nPUB x 0\r\n\u0000""#))
    }

    /// How much a server reads is its operator's choice, which INFO doesn't tell.
    @Test func onlyNonsenseIsTooLong() throws {
        let fixed = try json { $0.name = "" }.utf8.count
        let longest = String(repeating: "x", count: (1 << 20) - fixed)
        #expect(try json { $0.name = longest }.utf8.count == 1 << 20)
        #expect(throws: ConnectParametersError.tooLong(byteCount: (1 << 20) + 1)) {
            try json { $0.name = longest + "x" }
        }
    }
}
