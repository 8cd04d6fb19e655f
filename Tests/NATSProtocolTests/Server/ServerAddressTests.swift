import Testing

@testable import NATSProtocol

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("nats://a", "nats://a:4222"),
        ("nats://a:4333", "nats://a:4333"),
        ("NATS://A.example:1", "nats://A.example:1"),
        ("tls://a", "tls://a:4222"),
        ("ws://a", "ws://a:80"),
        ("wss://a", "wss://a:443"),
        ("a", "nats://a:4222"),
        ("a:4333", "nats://a:4333"),
        ("a:", "nats://a:4222"),
        ("nats://a/", "nats://a:4222"),
        ("  127.0.0.1:4222\n", "nats://127.0.0.1:4222"),
        ("[::1]", "nats://[::1]:4222"),
        ("nats://[::1]:4333", "nats://[::1]:4333"),
        ("nats://u:p@[fe80::1%25eth0]:1", "nats://u:***@[fe80::1%eth0]:1"),
        ("[fe80::1%eth0]", "nats://[fe80::1%eth0]:4222"),
        ("ws://a/path/x?y=secret", "ws://a:80/path/x?***"),
        ("wss://a?y", "wss://a:443/?***"),
        ("my_service.default.svc.", "nats://my_service.default.svc.:4222"),
    ])
    func formsOfAnAddressAreRead(text: String, expected: String) throws {
        #expect(try ServerAddress(parsing: text).description == expected)
    }

    @Test(arguments: [
        "nats://a:4222", "nats://ann@a:4222", "nats://ann:secret@a:4222", "ws://ann:secret@a:4222/path?token=secret",
    ])
    func theLocationShowsNoCredentialsAtAll(text: String) throws {
        let location = try ServerAddress(parsing: text).location
        #expect(location.contains("://a:4222"))
        #expect(!location.contains("ann") && !location.contains("secret"))
    }

    @Test func ipv6HostsAreKeptWithoutBrackets() throws {
        let address = try ServerAddress(parsing: "nats://[2001:DB8::1]:4333")
        #expect(address.host == "2001:DB8::1")
        #expect(address.hostPort == "[2001:db8::1]:4333")
        #expect(address.isNumeric)
    }

    /// The C library reads leading zeros as octal, OpenSSL as decimal: such a name is no number for us.
    @Test(arguments: [("10.0.0.1", true), ("010.0.0.1", false), ("10.0.0.256", false), ("10.0.0", false)])
    func onlyOneWayToWriteAnIPv4AddressIsANumber(host: String, isNumeric: Bool) throws {
        #expect(try ServerAddress(parsing: host).isNumeric == isNumeric)
    }

    @Test func webSocketAddressesKeepPathAndQuery() throws {
        #expect(try ServerAddress(parsing: "ws://a/p?q=1&r=%20").resource == "/p?q=1&r=%20")
        #expect(try ServerAddress(parsing: "ws://a?q").resource == "/?q")
        #expect(try ServerAddress(parsing: "ws://a/").resource == "")
    }

    @Test func credentialsArePercentDecoded() throws {
        let address = try ServerAddress(parsing: "nats://us%3Aer:p%40ss%2fw%C3%A9:x@host:1")
        #expect(address.user == "us:er")
        #expect(address.password == "p@ss/w\u{E9}:x")
        #expect(address.token == nil)
        #expect(address.host == "host")
    }

    @Test func aUserWithoutPasswordIsAToken() throws {
        let address = try ServerAddress(parsing: "s3cr%20t@host")
        #expect(address.token == "s3cr t")
        #expect(address.user == nil && address.password == nil)
        let empty = try ServerAddress(parsing: "nats://@host")
        #expect(!empty.hasCredentials)
        let emptyPassword = try ServerAddress(parsing: "nats://user:@host")
        #expect(emptyPassword.user == "user" && emptyPassword.password == "")
    }

    @Test func theLastAtSignEndsTheCredentials() throws {
        let address = try ServerAddress(parsing: "nats://user:p@ss@host")
        #expect(address.password == "p@ss")
        #expect(address.host == "host")
    }

    @Test func hostPortComparesWithoutCase() throws {
        let one = try ServerAddress(parsing: "nats://Host.Example:4222")
        let two = try ServerAddress(parsing: "tls://u:p@host.example")
        #expect(one.hostPort == two.hostPort)
        #expect(one.hostPort == "host.example:4222")
    }

    @Test(arguments: ["nats://user:S3CRET@host:1", "S3CRET@host", "nats://user:%533CRET@host", "ws://h/p?token=S3CRET"])
    func noDescriptionShowsASecret(text: String) throws {
        let address = try ServerAddress(parsing: text)
        var dumped = ""
        dump(address, to: &dumped)
        dump([address], to: &dumped)
        for shown in ["\(address)", String(reflecting: address), dumped, "\([address])", "\(Optional(address) as Any)"] {
            #expect(!shown.contains("S3CRET"))
            #expect(shown.contains("h"))
        }
    }
}

@Suite struct ServerAddressErrorTests {
    static let refused: [(text: String, code: ServerAddressError.Code)] = [
        ("", .empty), (" \n", .empty),
        ("http://a", .unknownScheme), ("opentls://a", .unknownScheme), ("://a", .unknownScheme),
        ("nats://", .invalidHost), ("nats://:4222", .invalidHost), ("user:pw@", .invalidHost), (".a", .invalidHost),
        ("a..b", .invalidHost), ("a b", .invalidHost), ("nats://h\u{F6}st", .invalidHost), ("a\r\nb", .invalidHost),
        ("::1", .invalidHost), ("fe80::1:4222", .invalidHost), ("[::1", .invalidHost), ("[]", .invalidHost),
        ("[abc]", .invalidHost), ("[::g]", .invalidHost), ("[:::]", .invalidHost), ("[1:2:3]", .invalidHost),
        ("[::1]4222", .invalidHost), ("[::1%]", .invalidHost),
        (String(repeating: "a", count: 254), .invalidHost),
        ("a:0", .invalidPort), ("a:65536", .invalidPort), ("a:x", .invalidPort), ("a:+1", .invalidPort),
        ("a:99999999999999999999", .invalidPort), ("[::1]:x", .invalidPort),
        ("nats://a/path", .invalidPath), ("nats://a?q", .invalidPath), ("tls://a#f", .invalidPath),
        ("ws://a#f", .invalidPath), ("ws://a/b c", .invalidPath), ("ws://a/\r\nX: y", .invalidPath),
        ("u%:p@a", .invalidCredentials), ("u:%4@a", .invalidCredentials), ("u:%zz@a", .invalidCredentials),
        ("u:%ff@a", .invalidCredentials), ("ws://to/ken@a", .invalidCredentials),
    ]

    @Test(arguments: refused)
    func wrongAddressesAreRefused(text: String, code: ServerAddressError.Code) {
        let failure = Self.error(of: text)
        #expect(failure?.code == code)
        #expect(failure?.advice.isEmpty == false)
    }

    @Test(arguments: [
        "nats://user:S3CRET/x@host", "nats://S3CRET?x@host", "user:S3CRET", "user:x%S3CRET@h", "user:S3CRET@",
        "S3CRET@h:p",
        "ws://user:S3CRET/x@host", "S3CRET://host", "nats://user:S3CRET#@host", "[S3CRET", "user:S3CRET@a b",
    ])
    func errorsNeverShowTheSecret(text: String) throws {
        let failure = try #require(Self.error(of: text))
        var dumped = ""
        dump(failure, to: &dumped)
        #expect(!dumped.contains("S3CRET"))
        #expect(!failure.description.contains("S3CRET"))
    }

    private static func error(of text: String) -> ServerAddressError? {
        do throws(ServerAddressError) {
            _ = try ServerAddress(parsing: text)
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct ServerAddressListTests {
    @Test func listsAreSplitAtCommas() throws {
        let addresses = try ServerAddress.parseList(" nats://a:1, b:2 ,,tls://u:p@c, ")
        #expect(addresses.map(\.description) == ["nats://a:1", "nats://b:2", "tls://u:***@c:4222"])
        let nested = try ServerAddress.parseList(["a,b", "c"])
        #expect(nested.map(\.host) == ["a", "b", "c"])
    }

    @Test func anErrorNamesTheEntry() {
        let error = #expect(throws: ServerAddressError.self) { try ServerAddress.parseList("a,b,c:x") }
        #expect(error?.code == .invalidPort)
        #expect(error?.entry == 3)
        #expect(error?.description.hasPrefix("server address 3: ") == true)
    }

    @Test(arguments: ["", " ", ",", " , ,"])
    func anEmptyListIsAnError(text: String) {
        let error = #expect(throws: ServerAddressError.self) { try ServerAddress.parseList(text) }
        #expect(error?.code == .empty)
    }

    @Test(arguments: ["ws://a,nats://b", "nats://a,wss://b", "a,ws://b"])
    func webSocketDoesNotMixWithOthers(text: String) {
        let error = #expect(throws: ServerAddressError.self) { try ServerAddress.parseList(text) }
        #expect(error?.code == .mixedSchemes)
        #expect(error?.entry == 2)
    }

    @Test func webSocketSchemesMixAmongThemselves() throws {
        #expect(try ServerAddress.parseList("ws://a,wss://b").count == 2)
        #expect(try ServerAddress.parseList("nats://a,tls://b").count == 2)
    }
}

@Suite struct DiscoveredAddressTests {
    @Test func discoveredServersInheritSchemeAndCredentials() throws {
        let current = try ServerAddress(parsing: "tls://u:p@seed.example:4222")
        let discovered = try ServerAddress(discovered: "10.0.0.7:4223", from: current)
        #expect(discovered.scheme == .tls)
        #expect(discovered.user == "u" && discovered.password == "p")
        #expect(discovered.hostPort == "10.0.0.7:4223")
        #expect(discovered.tlsServerName == "seed.example")
    }

    @Test func theSeedsNameIsKeptOverSeveralHops() throws {
        let seed = try ServerAddress(parsing: "tls://seed.example")
        let first = try ServerAddress(discovered: "10.0.0.7:4222", from: seed)
        let second = try ServerAddress(discovered: "[::1]:4222", from: first)
        #expect(second.host == "::1")
        #expect(second.tlsServerName == "seed.example")
    }

    @Test func aDiscoveredNameIsItsOwnTLSName() throws {
        let seed = try ServerAddress(parsing: "tls://seed.example")
        #expect(try ServerAddress(discovered: "other.example:4222", from: seed).tlsServerName == "other.example")
        let numeric = try ServerAddress(parsing: "tls://10.0.0.1")
        #expect(try ServerAddress(discovered: "10.0.0.2:4222", from: numeric).tlsServerName == "10.0.0.2")
    }

    @Test func webSocketDiscoveriesKeepThePath() throws {
        let current = try ServerAddress(parsing: "wss://a/nats?x=1")
        let discovered = try ServerAddress(discovered: "b", from: current)
        #expect(discovered.port == 443)
        #expect(discovered.resource == "/nats?x=1")
    }

    @Test(arguments: ["", ":4222", "a:b", "nats://a:4222", "u:p@a", "a:0", "[::1", "a/b"])
    func malformedDiscoveriesAreErrors(text: String) throws {
        let current = try ServerAddress(parsing: "nats://a")
        #expect(throws: ServerAddressError.self) { try ServerAddress(discovered: text, from: current) }
    }
}
