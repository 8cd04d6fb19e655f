import Reactor
import Testing

@testable import NATSClient

/// Which file and which variable counts.
@Suite struct OutsideSettingsTests {
    static let files = FakeFiles(
        texts: [
            "/h/.config/nats/context/prod.json": #"{"url":"nats://prod","user":"ann","password":"p"}"#,
            "/h/.config/nats/context/first.json": #"{"url":"nats://first","tls_first":true}"#,
            "/h/.config/nats/context/dev.json": #"{"url":"nats://dev","inbox_prefix":"_DEV"}"#,
            "/h/.config/nats/context/bad.json": "[]",
            "/h/.config/nats/context/field.json": #"{"url":"nats://a","user":5}"#,
            "/h/.config/nats/context.txt": " dev\n",
            "/x/nats/context/prod.json": #"{"url":"nats://xdg"}"#,
            "/h/own.json": #"{"url":"nats://own"}"#, "/etc/ctx": #"{"url":"nats://etc"}"#,
        ], unreadable: ["/h/.config/nats/context/locked.json"])

    /// By variables alone, or with a context that the program names.
    static func settings(
        _ variables: [String: String], context: NATSContext? = nil, _ files: FakeFiles = files
    ) throws(ContextError) -> OutsideSettings {
        let environment = ClientEnvironment(variables)
        guard let context else { return try OutsideSettings(environment, readFile: files.read) }
        return try OutsideSettings(context: context, environment, readFile: files.read)
    }

    static func url(
        _ variables: [String: String], context: NATSContext? = nil, _ files: FakeFiles = files
    ) throws(ContextError) -> String? {
        try settings(variables, context: context, files).values.url
    }

    @Test func variablesWinOverTheirContext() throws {
        let home = ["HOME": "/h"]
        #expect(try Self.url(home) == nil)
        #expect(try Self.url(["HOME": "/h", "NATS_CONTEXT": "prod"]) == "nats://prod")
        #expect(try Self.url(["HOME": "/h", "NATS_CONTEXT": "prod", "NATS_URL": "nats://env"]) == "nats://env")
        #expect(try Self.url(["HOME": "/h", "XDG_CONFIG_HOME": "/x", "NATS_CONTEXT": "prod"]) == "nats://xdg")
        #expect(try Self.url([:]) == nil)
    }

    @Test func aContextThatTheProgramNamesIsTakenAsItIs() throws {
        let variables = [
            "HOME": "/h", "NATS_CONTEXT": "dev", "NATS_URL": "nats://env", "NATS_TOKEN": "t", "NATS_TIMEOUT": "nonsense",
        ]
        let settings = try Self.settings(variables, context: "prod")
        #expect(settings.values.url == "nats://prod" && settings.values.token == nil && settings.values.user == "ann")
        #expect(settings.requestTimeout == nil)
    }

    @Test func theSelectedContextIsTakenOnRequest() throws {
        #expect(try Self.url(["HOME": "/h"], context: .selected) == "nats://dev")
        for files in [FakeFiles(), FakeFiles(texts: ["/h/.config/nats/context.txt": "\n"])] {
            let error = #expect(throws: ContextError.self) { try Self.url(["HOME": "/h"], context: .selected, files) }
            #expect(error?.code == .notFound && error?.message.contains("context.txt") == true)
        }
        let gone = FakeFiles(texts: ["/h/.config/nats/context.txt": "gone"])
        let error = #expect(throws: ContextError.self) { try Self.url(["HOME": "/h"], context: .selected, gone) }
        #expect(error?.code == .notFound && error?.message.contains("gone.json") == true)
    }

    @Test(arguments: [
        ("~/own.json", "nats://own"), ("/h/own.json", "nats://own"), ("/etc/ctx", "nats://etc"), ("/h/$F.json", "nats://own"),
    ])
    func aNameCanBeAPath(name: String, expected: String) throws {
        #expect(try Self.url(["HOME": "/h", "F": "own"], context: .named(name)) == expected)
    }

    @Test(arguments: [
        ("missing", ContextError.Code.notFound, "missing.json"), ("bad", .malformed, "bad.json"),
        ("field", .malformed, "'user'"), ("locked", .unreadable, "locked.json"), ("", .invalidName, "empty"),
        ("../prod", .invalidName, ".."), ("a/b", .invalidName, "path"), ("a/\u{301}b", .invalidName, "path"),
        ("a\\b", .invalidName, "name"),
        ("/missing.json", .notFound, "/missing.json"),
    ])
    func mistakesNameFileAndField(name: String, code: ContextError.Code, named: String) {
        for (variables, context) in [(["HOME": "/h"], NATSContext.named(name)), (["HOME": "/h", "NATS_CONTEXT": name], nil)] {
            // An empty variable isn't set.
            if name.isEmpty, context == nil { continue }
            let error = #expect(throws: ContextError.self) { try Self.url(variables, context: context) }
            #expect(error?.code == code)
            #expect(error?.message.contains(named) == true, "\(String(describing: error))")
        }
    }

    @Test func aNamedContextNeedsAHome() {
        let error = #expect(throws: ContextError.self) { try Self.url([:], context: "prod") }
        #expect(error?.code == .noHome)
    }

    @Test func filesOfTLSRequireIt() throws {
        let variables = ["HOME": "/h", "NATS_CA": "~/ca.pem", "NATS_CERT": "$HOME/c.pem", "NATS_KEY": "k.pem"]
        let tls = try #require(try Self.settings(variables).tls)
        #expect(tls.trustRoots == .file("/h/ca.pem") && tls.certificateChain == .file("/h/c.pem"))
        #expect(tls.privateKey.map { "\($0)" } == "private key in k.pem" && !tls.handshakeFirst)
        let first = try #require(try Self.settings(["HOME": "/h"], context: "first").tls)
        #expect(first.handshakeFirst && first.trustRoots == .system && first.certificateChain == nil)
        #expect(try Self.settings(["HOME": "/h"], context: "dev").tls == nil)
    }

    @Test func aProxyWithoutASchemeIsSOCKS() throws {
        #expect(try Self.settings(["NATS_SOCKS_PROXY": "p:1080"]).proxyURL == "socks5://p:1080")
        #expect(try Self.settings(["NATS_SOCKS_PROXY": "socks5h://p"]).proxyURL == "socks5h://p")
        #expect(try Self.settings([:]).proxyURL == nil)
    }

    // MARK: - What is taken from where

    private static func complete(
        _ variables: [String: String], context: NATSContext? = nil, _ change: (inout ConnectOptions) -> Void = { _ in }
    ) throws -> (ConnectOptions, ConfigurationSources) {
        var options = ConnectOptions()
        change(&options)
        let sources = try options.complete(by: settings(variables, context: context))
        return (options, sources)
    }

    @Test func everythingTakenIsTold() throws {
        let variables = [
            "HOME": "/h", "NATS_CONTEXT": "dev", "NATS_URL": "nats://env", "NATS_USER": "bob", "NATS_PASSWORD": "S3CRET",
            "NATS_TIMEOUT": "3s",
        ]
        let (options, sources) = try Self.complete(variables)
        #expect(options.inboxPrefix == "_DEV" && options.requestTimeout == .seconds(3))
        #expect("\(options.authentication)" == "user(bob, password: …)")
        #expect(sources[.servers] == [.variable("NATS_URL")])
        #expect(sources[.authentication] == [.variable("NATS_USER"), .variable("NATS_PASSWORD")])
        #expect(sources[.inboxPrefix] == [.context(path: "/h/.config/nats/context/dev.json")])
        #expect(sources[.requestTimeout] == [.variable("NATS_TIMEOUT")])
        #expect(sources[.proxy].isEmpty)
        #expect(
            "\(sources)" == "servers: NATS_URL; authentication: NATS_USER, NATS_PASSWORD; "
                + "inboxPrefix: /h/.config/nats/context/dev.json; requestTimeout: NATS_TIMEOUT")
    }

    @Test func transportIsTakenFromOutsideToo() throws {
        let variables = ["HOME": "/h", "NATS_CONTEXT": "first", "NATS_CA": "ca.pem", "NATS_SOCKS_PROXY": "p:1080"]
        let (options, sources) = try Self.complete(variables)
        #expect(options.tls?.trustRoots == .file("ca.pem") && options.tls?.handshakeFirst == true)
        #expect("\(options.proxy)".contains("p:1080"))
        let path = "/h/.config/nats/context/first.json"
        #expect(sources[.tls] == [.variable("NATS_CA"), .context(path: path)])
        #expect(sources[.proxy] == [.variable("NATS_SOCKS_PROXY")])
        let (own, ownSources) = try Self.complete(variables) {
            $0.tls = TLSConfiguration(trustRoots: .file("mine.pem"))
            $0.proxy = .none
        }
        #expect(own.tls?.trustRoots == .file("mine.pem") && own.tls?.handshakeFirst == false && "\(own.proxy)" == "none")
        #expect(ownSources[.tls] == [.code] && ownSources[.proxy] == [.code])
    }

    @Test func aPasswordCompletesTheUserOfAContext() throws {
        let (_, sources) = try Self.complete(["HOME": "/h", "NATS_CONTEXT": "prod", "NATS_PASSWORD": "q"])
        let path = "/h/.config/nats/context/prod.json"
        #expect(sources[.authentication] == [.variable("NATS_PASSWORD"), .context(path: path)])
        #expect(sources[.servers] == [.context(path: path)])
    }

    @Test func theProgramWins() throws {
        let variables = ["HOME": "/h", "NATS_CONTEXT": "dev", "NATS_TOKEN": "t", "NATS_TIMEOUT": "3s"]
        let (options, sources) = try Self.complete(variables) {
            $0.authentication = .none
            $0.inboxPrefix = "_MINE"
            $0.requestTimeout = .seconds(9)
        }
        #expect("\(options.authentication)" == "none")
        #expect(options.inboxPrefix == "_MINE" && options.requestTimeout == .seconds(9))
        for setting in [ConfigurationSources.Setting.authentication, .inboxPrefix, .requestTimeout] {
            #expect(sources[setting] == [.code])
        }
    }

    @Test func withoutAnythingOutsideTheDefaultsStay() throws {
        let (options, sources) = try Self.complete([:])
        #expect("\(options.authentication)" == "automatic" && options.inboxPrefix == "_INBOX")
        #expect(sources == ConfigurationSources() && "\(sources)" == "")
    }

    @Test func badVariablesAreErrors() {
        let timeout = #expect(throws: ContextError.self) { try Self.complete(["NATS_TIMEOUT": "soon"]) }
        #expect(timeout?.message.contains("NATS_TIMEOUT") == true)
    }
}
