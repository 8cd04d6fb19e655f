import NATSProtocol
import Testing

@testable import NATSClient

/// A file system of texts.
struct FakeFiles {
    var texts: [String: String] = [:]
    var unreadable: Set<String> = []

    struct Refused: Error {}

    func read(_ path: String) throws -> [UInt8]? {
        if unreadable.contains(path) { throw Refused() }
        return texts[path].map { Array($0.utf8) }
    }
}

@Suite struct ClientEnvironmentTests {
    @Test func everyVariableHasItsField() throws {
        let environment = ClientEnvironment([
            "NATS_URL": "nats://a,nats://b", "NATS_CONTEXT": "prod", "NATS_USER": "ann", "NATS_PASSWORD": "pw",
            "NATS_TOKEN": "t", "NATS_CREDS": "c", "NATS_NKEY": "n", "NATS_JWT": "j", "NATS_SEED": "s", "NATS_CERT": "ce",
            "NATS_KEY": "k", "NATS_CA": "ca", "NATS_SOCKS_PROXY": "socks5://p", "NATS_TIMEOUT": "1m30s", "NATS_COLOR": "red",
        ])
        var expected = ContextFile()
        (expected.url, expected.user, expected.password, expected.token) = ("nats://a,nats://b", "ann", "pw", "t")
        (expected.credentials, expected.nkey, expected.userJWT, expected.userSeed) = ("c", "n", "j", "s")
        (expected.certificate, expected.key, expected.certificateAuthority) = ("ce", "k", "ca")
        expected.socksProxy = "socks5://p"
        #expect(environment.settings == expected)
        #expect(environment.contextName == "prod")
        #expect(try environment.timeout == .seconds(90))
    }

    @Test func emptyVariablesCountAsMissing() throws {
        let environment = ClientEnvironment(["NATS_URL": "", "NATS_CONTEXT": "", "NATS_TIMEOUT": ""])
        #expect(environment.settings == ContextFile())
        #expect(try environment.contextName == nil && environment.timeout == nil)
    }

    @Test func aUserWithoutAPasswordIsAToken() {
        let settings = ClientEnvironment(["NATS_USER": "t"]).settings
        #expect(settings.token == "t" && settings.user == nil)
        #expect(ClientEnvironment(["NATS_USER": "u", "NATS_TOKEN": "t"]).settings.token == "t")
    }

    @Test(arguments: [
        ("5s", Duration.seconds(5)), ("1m30s", .seconds(90)), ("1h", .seconds(3600)), ("250ms", .milliseconds(250)),
        ("1.5s", .milliseconds(1500)), ("10us", .microseconds(10)), ("10\u{B5}s", .microseconds(10)), ("7ns", .nanoseconds(7)),
        ("0", .zero), ("1h0m0.5s", .milliseconds(3_600_500)),
    ])
    func durationsOfGo(text: String, expected: Duration) {
        #expect(GoDuration.parse(text) == expected)
    }

    @Test(arguments: ["5", "s", "5 s", "-5s", "5S", "1..5s", "inf", "nan", "5sx", "1e9s", "99999999h", ".s"])
    func otherDurationsAreRefused(text: String) {
        #expect(GoDuration.parse(text) == nil)
        let error = #expect(throws: ContextError.self) { try ClientEnvironment(["NATS_TIMEOUT": text]).timeout }
        #expect(error?.code == .invalidValue && error?.message.contains("NATS_TIMEOUT") == true)
    }

    @Test(arguments: [
        ("~/a", "/h/a"), ("~", "/h"), ("~bob/a", "~bob/a"), ("a/~", "a/~"), ("$X/a", "x/a"), ("${X}a", "xa"),
        ("$MISSING/a", "/a"), ("a$", "a$"), ("$X$X", "xx"), ("${X", "${X"), ("$-", "$-"), ("$HOME/a", "/h/a"), ("$T/b", "/h/b"),
    ])
    func pathsAreExpanded(text: String, expected: String) {
        let environment = ClientEnvironment(["HOME": "/h", "X": "x", "T": "~"])
        #expect(environment.expand(text) == expected)
    }
}

@Suite struct ContextFileTests {
    static let json = """
        {"description":"x","url":"nats://a","socks_proxy":"socks5://p","token":"","user":"ann","password":"S3CRET",
        "creds":"","nkey":"","cert":"c","key":"k","ca":"ca","nsc":"","jetstream_domain":"d","jetstream_api_prefix":"p",
        "jetstream_event_prefix":"","inbox_prefix":"_I","user_jwt":"","user_seed":"","color_scheme":"","tls_first":true,
        "windows_ca_certs_match":null,"later":{"a":[1]}}
        """

    @Test func theFieldsAreRead() throws {
        let context = try ContextFile(parsing: Self.json.utf8Span.span)
        var expected = ContextFile()
        (expected.url, expected.socksProxy, expected.user, expected.password) = ("nats://a", "socks5://p", "ann", "S3CRET")
        (expected.certificate, expected.key, expected.certificateAuthority) = ("c", "k", "ca")
        (expected.jetStreamDomain, expected.jetStreamAPIPrefix, expected.inboxPrefix) = ("d", "p", "_I")
        expected.tlsFirst = true
        #expect(context == expected)
    }

    @Test(arguments: [
        ("", "JSON"), ("[]", "JSON"), (#"{"url":"#, "JSON"), (#"{"url":5}"#, "'url'"),
        (#"{"password":{"S3CRET":1}}"#, "'password'"),
        (#"{"tls_first":"yes"}"#, "'tls_first'"),
    ])
    func mistakesNameTheField(json: String, named: String) {
        let error = #expect(throws: ContextError.self) { try ContextFile(parsing: json.utf8Span.span) }
        #expect(error?.code == .malformed)
        #expect(error?.description.contains(named) == true && error?.description.contains("S3CRET") == false)
    }

    @Test func noDescriptionShowsAValue() throws {
        let context = try ContextFile(parsing: Self.json.utf8Span.span)
        var dumped = ""
        dump(context, to: &dumped)
        dump(SecretReference.value("S3CRET"), to: &dumped)
        for shown in ["\(context)", String(reflecting: context), "\([SecretReference.value("S3CRET")])", dumped] {
            #expect(!shown.contains("S3CRET"))
        }
        #expect("\(context)".contains("password"))
    }

    @Test func nearerSettingsWinAndIdentitiesArentMixed() throws {
        let context = try ContextFile(parsing: Self.json.utf8Span.span)
        var near = ContextFile()
        (near.url, near.credentials) = ("nats://b", "file.creds")
        let merged = near.overlaying(context)
        #expect(merged.url == "nats://b" && merged.credentials == "file.creds")
        #expect(merged.user == nil && merged.password == nil)
        #expect(merged.certificate == "c" && merged.tlsFirst == true && merged.inboxPrefix == "_I")
        var password = ContextFile()
        password.password = "other"
        #expect(password.overlaying(context).user == "ann")
        #expect(password.overlaying(context).password == "other")
        #expect(ContextFile().overlaying(context) == context)
    }

    @Test func identitiesHaveAnOrder() throws {
        let environment = ClientEnvironment(["HOME": "/h"])
        var context = ContextFile()
        #expect(try context.identity(environment) == .none)
        context.nscLookup = "nsc://op/acc/user"
        #expect(throws: ContextError.self) { try context.identity(environment) }
        context.token = "env://T"
        #expect(try context.identity(environment) == .token(.environment("T")))
        context.userJWT = "j"
        #expect(try context.identity(environment) == .jwt(.value("j"), seed: nil))
        context.userSeed = "FILE://s"
        #expect(try context.identity(environment) == .jwt(.value("j"), seed: .file("s")))
        context.nkey = "~/n"
        #expect(try context.identity(environment) == .nkey(.file("/h/n")))
        context.credentials = "file://~/c"
        #expect(try context.identity(environment) == .credentials(.file("/h/c")))
        context.user = "ann"
        #expect(try context.identity(environment) == .user("ann", password: .value("")))
    }
}

@Suite struct HalfIdentityTests {
    /// Connecting without it would be taken for a refusal of the server, or go unnoticed.
    @Test(arguments: [(["NATS_PASSWORD": "S3CRET"], "NATS_USER"), (["NATS_SEED": "S3CRET"], "NATS_JWT")])
    func halfAnIdentityNamesWhatIsMissing(variables: [String: String], missing: String) throws {
        for variables in [variables, variables.merging(["NATS_TOKEN": "t"]) { $1 }] {
            let environment = ClientEnvironment(variables)
            let error = #expect(throws: ContextError.self) { try environment.settings.identity(environment) }
            #expect(error?.code == .invalidValue && error?.message.contains(missing) == true)
            #expect(error?.message.contains("S3CRET") == false)
        }
    }
}

@Suite struct SecretReferenceTests {
    @Test func variablesInAPathAreReplacedOnce() throws {
        let environment = ClientEnvironment(["X": "$Y", "Y": "wrong"])
        for reference in [SecretReference(path: "/$X/s", environment), SecretReference(value: "file:///$X/s", environment)] {
            let secret = try reference.resolve(environment) { Array($0.utf8) }
            #expect(String(repairing: secret.span) == "/$Y/s")
        }
    }

    static func resolve(_ text: String) throws -> String {
        let environment = ClientEnvironment(["HOME": "/h", "SECRET": "from variable\n", "EMPTY": ""])
        let files = FakeFiles(texts: ["/h/s": "from file\r\n\n"])
        let secret = try SecretReference(value: text, environment).resolve(environment) { path in
            guard let bytes = try files.read(path) else { throw FakeFiles.Refused() }
            return bytes
        }
        return String(repairing: secret.span)
    }

    @Test(arguments: [
        ("plain", "plain"), ("plain:with//signs", "plain:with//signs"), ("C:\\x", "C:\\x"), ("file://~/s", "from file"),
        ("env://SECRET", "from variable"), ("ENV://SECRET", "from variable"), ("data:;base64,Zm9v", "foo"),
        ("data:text/plain;base64,Zm8=", "fo"), ("", ""),
    ])
    func everyKind(text: String, expected: String) throws {
        #expect(try Self.resolve(text) == expected)
    }

    @Test(arguments: [
        ("file:///missing", ContextError.Code.unreadable), ("env://MISSING", .invalidValue), ("env://EMPTY", .invalidValue),
        ("data:,Zm9v", .invalidValue), ("data:;base64,***", .invalidValue), ("data:;base64", .invalidValue),
        ("op://vault/x", .unsupportedReference), ("nsc://o/a/u", .unsupportedReference),
    ])
    func mistakes(text: String, code: ContextError.Code) {
        let error = #expect(throws: ContextError.self) { try Self.resolve(text) }
        #expect(error?.code == code)
    }
}
