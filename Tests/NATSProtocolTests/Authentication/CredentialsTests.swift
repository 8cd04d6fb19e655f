import Testing

@testable import NATSProtocol

/// Credentials that the nkeys project publishes in its tests; they open nothing.
enum CredentialsFixture {
    static let seed = "SUAOTBNEUHZDFJT3EUMELT7MQTP24JF3XVCXQNDSCU74G5IU6VAJBKH5LI"
    static let subject = "UDE6WTGLTTPCRJRJCKBJRGVNZTLIVR7LEEELR4CYWWWBKJS7XYIKXDUU"
    static let issuer = "AADWLTHICV4SUAGF6EKNVEW5BBP7YRDIBGWGGHZ5JBDOQYA7GUFM6AQU"
    static let jwt = makeJWT(#"{"iat":1590781593,"iss":"\#(issuer)","name":"OPERATOR","sub":"\#(subject)","nats":{}}"#)
    static let text = make()

    static func makeJWT(_ claims: String) -> String {
        let header = #"{"typ":"jwt","alg":"ed25519-nkey"}"#
        let signature = [UInt8](repeating: 7, count: 64)
        return [
            Base64.encode(header.utf8Span.span, .url), Base64.encode(claims.utf8Span.span, .url),
            Base64.encode(signature.span, .url),
        ].joined(separator: ".")
    }

    static func make(jwt: String = jwt, seed: String = seed) -> String {
        """
        -----BEGIN NATS USER JWT-----
        \(jwt)
        ------END NATS USER JWT------

        ************************* IMPORTANT *************************
        NKEY Seed printed below can be used to sign and prove identity.
        NKEYs are sensitive and should be treated as secrets.

        -----BEGIN USER NKEY SEED-----
        \(seed)
        ------END USER NKEY SEED------

        *************************************************************

        """
    }

    static func read(_ text: String) throws(CredentialsError) -> (jwt: String, seed: String) {
        let credentials = try UserCredentials(parsing: text.utf8Span.span)
        return (credentials.jwt.text, credentials.seed.map { String(repairing: $0.text().span) } ?? "")
    }
}

@Suite struct CredentialsTests {
    typealias Fixture = CredentialsFixture

    static let tolerated: [(name: String, text: String)] = [
        ("as tools write it", Fixture.text),
        ("CR LF", Fixture.text.replacing("\n", with: "\r\n")),
        ("blanks around lines", Fixture.text.replacing("\n", with: "  \n\t ")),
        ("empty lines", Fixture.text.replacing("\n", with: "\n\n")),
        ("more dashes", Fixture.text.replacing("---", with: "--------")),
        ("three dashes", Fixture.text.replacing("------", with: "---").replacing("-----", with: "---")),
        ("other words", Fixture.text.replacing("NATS USER JWT", with: "").replacing("USER NKEY SEED", with: "x")),
        ("no last line end", String(Fixture.text.prefix { $0 != "*" }) + Fixture.text.suffix(300).drop { $0 != "-" }),
        (
            "seed first",
            """
            -----BEGIN USER NKEY SEED-----
            \(Fixture.seed)
            ------END USER NKEY SEED------
            -----BEGIN NATS USER JWT-----
            \(Fixture.jwt)
            ------END NATS USER JWT------
            """
        ),
        ("comments and rules in front", "# made by hand\n------------\nfor the billing service\n------------\n" + Fixture.text),
        ("a second pair behind", Fixture.text + Fixture.make(jwt: "a.b.c", seed: "SUAA")),
        ("bare values", "\(Fixture.jwt)\n\(Fixture.seed)\n"),
    ]

    @Test(arguments: tolerated)
    func formsThatAreRead(name: String, text: String) throws {
        let (jwt, seed) = try Fixture.read(text)
        #expect(jwt == Fixture.jwt)
        #expect(seed == Fixture.seed)
    }

    @Test func missingPartsAreNamed() {
        let jwtOnly = String(Fixture.text.prefix { $0 != "*" })
        #expect(Self.code(of: jwtOnly) == .missingSeed)
        let seedOnly = String(Fixture.text.suffix(300).drop { $0 != "-" })
        #expect(Self.code(of: seedOnly) == .missingJWT)
        for nothing in ["", " \n\r\n\t"] { #expect(Self.code(of: nothing) == .empty) }
        #expect(Self.code(of: "hello world\n") == .missingJWT)
        #expect(Self.code(of: "hello\n") == .missingJWT)
    }

    @Test func oneOfAPairOfFilesCanBeRead() throws {
        for text in [Fixture.jwt, Fixture.text] {
            #expect(try UserCredentials.jwt(in: text.utf8Span.span).text == Fixture.jwt)
        }
        for text in [Fixture.seed, "  \(Fixture.seed)\r\n", Fixture.text] {
            #expect(String(repairing: try UserCredentials.seed(in: text.utf8Span.span).text().span) == Fixture.seed)
        }
    }

    /// A file may be read while another process writes it: no prefix of it is mistaken for the whole.
    @Test func everyCutIsNoticed() throws {
        let end = try #require(Fixture.text.ranges(of: Fixture.seed).first?.upperBound)
        let untilClosed = Fixture.text[..<end].count + "\n------".count
        for count in 0..<untilClosed {
            #expect(throws: CredentialsError.self, "cut at \(count)") {
                try Fixture.read(String(Fixture.text.prefix(count)))
            }
        }
        #expect(try Fixture.read(String(Fixture.text.prefix(untilClosed))).seed == Fixture.seed)
        #expect(Self.code(of: "-----BEGIN-----\n\(Fixture.jwt)\n") == .unterminated)
    }

    @Test func defectsAreReportedWithTheirLine() throws {
        let badJWT = Self.error(of: Fixture.make(jwt: "a.b"))
        #expect(badJWT?.code == .malformedJWT && badJWT?.line == 2)
        let badSeed = Self.error(of: Fixture.make(seed: String(Fixture.seed.dropLast()) + "A"))
        #expect(badSeed?.code == .invalidSeed && badSeed?.line == 10)
        #expect(badSeed?.key != nil)
        let account = try NKeySeed(kind: .account, bytes: [UInt8](0..<32).span).text()
        let wrongKind = Self.error(of: Fixture.make(seed: String(repairing: account.span)))
        #expect(wrongKind?.key == .wrongKind(.account, needed: .user))
    }

    @Test(arguments: ["a.b.c", "..", "a..c", "e30.e30.", "eyJ9.bm90IGpzb24.AA", "e30.W10.AA", "e30.e30.e30.e30"])
    func malformedJWTsAreRefused(jwt: String) {
        #expect(Self.code(of: Fixture.make(jwt: jwt)) == .malformedJWT)
        #expect(throws: CredentialsError.self) { try UserJWT(parsing: jwt) }
    }

    @Test func noErrorRepeatsTheText() {
        for text in [
            Fixture.make(seed: "SU" + String(repeating: "SECRET", count: 9)), Fixture.make(jwt: "SECRET.SECRET"),
            "-----BEGIN-----\nSECRET", "SECRET",
        ] {
            let error = Self.error(of: text)
            #expect(error != nil)
            #expect(!"\(error as Any)".contains("SECRET"))
        }
    }

    @Test func noDescriptionShowsASecret() throws {
        let credentials = try UserCredentials(parsing: Fixture.text.utf8Span.span)
        var dumped = ""
        dump(credentials, to: &dumped)
        dump(credentials.jwt, to: &dumped)
        for shown in ["\(credentials)", String(reflecting: credentials), "\([credentials.jwt])", dumped] {
            #expect(shown.contains(Fixture.subject))
            #expect(!shown.contains(Fixture.seed) && !shown.contains(Fixture.jwt.suffix(20)))
        }
    }

    static func error(of text: String) -> CredentialsError? {
        #expect(throws: CredentialsError.self) { try Fixture.read(text) }
    }

    static func code(of text: String) -> CredentialsError.Code? { error(of: text)?.code }
}

@Suite struct UserClaimsTests {
    @Test func claimsAreRead() throws {
        let claims = try UserJWT(parsing: " \(CredentialsFixture.jwt)\n").claims
        #expect(claims.subject == CredentialsFixture.subject)
        #expect(claims.issuer == CredentialsFixture.issuer)
        #expect(claims.name == "OPERATOR")
        #expect(claims.issuedAt == 1_590_781_593)
        #expect(claims.expiresAt == nil)
        #expect(claims.renewsAt == nil)
        #expect(!claims.isExpired(at: .max))
    }

    @Test(arguments: [
        (#"{"exp":0}"#, nil), (#"{"exp":-5}"#, nil), (#"{"exp":null}"#, nil), (#"{"exp":"1"}"#, nil), ("{}", nil),
        (#"{"exp":1700000000}"#, Int64(1_700_000_000)), (#"{"exp":1.7e9}"#, 1_700_000_000),
        (#"{"exp":[1],"sub":{"a":1}}"#, nil), (#"{"exp":1e999}"#, nil), (#"{"exp":1.5}"#, nil),
        (#"{"exp":9223372036854775807}"#, .max), (#"{"exp":5,"exp":7}"#, 7),
    ])
    func expiryIsAWholePositiveNumber(claims: String, expected: Int64?) throws {
        #expect(try UserJWT(parsing: CredentialsFixture.makeJWT(claims)).claims.expiresAt == expected)
    }

    @Test(arguments: [
        (#"{"iat":1000,"exp":1100}"#, Int64(1090)), (#"{"iat":1000,"exp":1005}"#, 1004),
        (#"{"iat":1000,"exp":999}"#, 998), (#"{"iat":0,"exp":100000}"#, 99_940), (#"{"exp":100000}"#, 99_940),
        (#"{"iat":-9223372036854775808,"exp":100000}"#, 99_940),
    ])
    func renewalComesShortlyBeforeTheExpiry(claims: String, expected: Int64) throws {
        #expect(try UserJWT(parsing: CredentialsFixture.makeJWT(claims)).claims.renewsAt == expected)
    }

    @Test func theLastSecondIsOver() throws {
        let claims = try UserJWT(parsing: CredentialsFixture.makeJWT(#"{"exp":1000,"nbf":900}"#)).claims
        #expect(!claims.isExpired(at: 999))
        #expect(claims.isExpired(at: 1000))
        #expect(claims.validFrom == 900)
    }
}

@Suite struct NonceSignatureTests {
    struct Refused: Error {}

    @Test func theSignatureIsOfTheNonceAndInBase64() throws {
        let key = try PublicNKey(kind: .user, bytes: [UInt8](0..<32).span)
        var signed = ""
        let authentication = try ConnectParameters.Authentication.signed(by: key, nonce: "nonce_-1") { nonce in
            signed = String(repairing: nonce)
            return [UInt8](repeating: 0xFF, count: 64)
        }
        #expect(signed == "nonce_-1")
        #expect(authentication == .nkey(publicKey: key.text, signature: String(repeating: "_", count: 85) + "w"))
    }

    @Test func jwtsAreSentAsTheyStand() throws {
        let jwt = try UserJWT(parsing: CredentialsFixture.jwt)
        let authentication = try ConnectParameters.Authentication.signed(with: jwt, nonce: "n") { _ in
            [UInt8](repeating: 0, count: 64)
        }
        #expect(authentication == .jwt(CredentialsFixture.jwt, signature: String(repeating: "A", count: 86)))
        #expect(ConnectParameters.Authentication.bearer(jwt) == .jwt(CredentialsFixture.jwt, signature: nil))
    }

    @Test func signaturesOfAnotherSizeAndErrorsOfTheSignerAreThrown() throws {
        let key = try PublicNKey(kind: .user, bytes: [UInt8](0..<32).span)
        #expect(throws: NonceSignatureError(byteCount: 63)) {
            try ConnectParameters.Authentication.signed(by: key, nonce: "n") { _ in [UInt8](repeating: 0, count: 63) }
        }
        #expect(throws: Refused.self) {
            try ConnectParameters.Authentication.signed(by: key, nonce: "n") { _ in throw Refused() }
        }
    }
}
