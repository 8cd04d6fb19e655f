import Testing

@testable import NATSProtocol

@Suite struct IPAddressTests {
    @Test(
        arguments: [
            ("1.2.3.4", [1, 2, 3, 4]), ("255.255.255.255", [255, 255, 255, 255]),
            ("::", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("2001:DB8::8:1", [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1]),
            ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
            ("::ffff:1.2.3.4", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1, 2, 3, 4]),
            ("fe80::1%eth0", [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("1:2:3:4:5:6:7::", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]),
        ] as [(String, [UInt8])])
    func addresses(text: String, bytes: [UInt8]) {
        #expect(IPAddress(text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "a", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.+4", "1..3.4", ":", ":::", "1::2::3", "12345::",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::g", "1.2.3.4::", "::1.2.3", "1:2:3:4:5:6:7:8::", ":1", "+1::",
    ])
    func otherTexts(text: String) {
        #expect(IPAddress(text) == nil)
    }
}

@Suite struct ProxyAddressTests {
    @Test(arguments: [
        ("http://proxy", "http://proxy:80"), ("proxy:3128", "http://proxy:3128"), (" HTTP://proxy:3128/ ", "http://proxy:3128"),
        ("socks5://proxy", "socks5://proxy:1080"), ("socks5h://[::1]:9050", "socks5://[::1]:9050"),
        ("socks5://ann:p%40ss@proxy", "socks5://ann:***@proxy:1080"),
    ])
    func forms(text: String, expected: String) throws {
        #expect(try ProxyAddress(parsing: text).description == expected)
    }

    @Test func credentialsAreDecoded() throws {
        let proxy = try ProxyAddress(parsing: "http://us%3Aer:p@%3A@h")
        #expect(proxy.credentials == .init(user: "us:er", password: "p@:"))
        #expect(try ProxyAddress(parsing: "h", default: .socks5).kind == .socks5)
        #expect(try ProxyAddress(parsing: "ann@h").credentials == .init(user: "ann", password: ""))
    }

    @Test(arguments: [
        ("https://proxy", ProxyError.unknownScheme), ("socks4://proxy", .unknownScheme), ("http://a/b", .unexpectedPath),
        ("http://:x@a", .unusableCredentials), ("http://u%zz@a", .unusableCredentials),
    ])
    func wrongOnes(text: String, error: ProxyError) {
        #expect(throws: error) { try ProxyAddress(parsing: text) }
        #expect(!error.description.isEmpty)
    }

    @Test(arguments: ["", "http://", "http://a:0", "http://a b", "[::1"])
    func wrongHosts(text: String) {
        let error = #expect(throws: ProxyError.self) { try ProxyAddress(parsing: text) }
        guard case .malformedAddress? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
    }

    @Test func noDescriptionShowsThePassword() throws {
        let proxy = try ProxyAddress(parsing: "socks5://ann:S3CRET@h")
        var dumped = ""
        dump(proxy, to: &dumped)
        dump(proxy.credentials, to: &dumped)
        for shown in ["\(proxy)", String(reflecting: proxy), "\(proxy.credentials as Any)", dumped] {
            #expect(!shown.contains("S3CRET") && shown.contains("ann"))
        }
    }
}

@Suite struct ProxyEnvironmentTests {
    @Test(
        arguments: [
            ([:], nil), (["HTTPS_PROXY": "a"], "http://a:80"), (["https_proxy": "a"], "http://a:80"),
            (["ALL_PROXY": "socks5://b"], "socks5://b:1080"), (["all_proxy": "b"], "http://b:80"),
            (["HTTPS_PROXY": "a", "https_proxy": "c", "ALL_PROXY": "b"], "http://a:80"),
            (["HTTPS_PROXY": " ", "all_proxy": "b"], "http://b:80"), (["HTTP_PROXY": "a", "http_proxy": "a"], nil),
            (["HTTPS_PROXY": "a", "NO_PROXY": "x.example"], nil), (["HTTPS_PROXY": "a", "no_proxy": "*"], nil),
        ] as [([String: String], String?)])
    func variables(environment: [String: String], expected: String?) throws {
        let proxy = try ProxyEnvironment.proxy(forHost: "nats.x.example", port: 4222, in: environment)
        #expect(proxy?.description == expected)
    }

    @Test func aMistakeIsAnError() {
        #expect(throws: ProxyError.unknownScheme) {
            try ProxyEnvironment.proxy(forHost: "a", port: 1, in: ["ALL_PROXY": "ftp://b"])
        }
    }

    @Test(arguments: [
        ("example.com", "example.com", true), ("example.com", "a.example.com", true), ("example.com", "EXAMPLE.com.", true),
        ("example.com", "badexample.com", false), (".example.com", "a.example.com", true),
        (".example.com", "example.com", false), ("*.example.com", "a.example.com", true),
        ("*.example.com", "example.com", false), ("a, Example.COM ,b", "example.com", true), ("", "a", false),
        (",.,", "a", false), ("*", "a", true), ("example.com:4222", "a.example.com", true),
        ("example.com:4223", "example.com", false), ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false),
        ("10.1.0.0/15", "10.0.9.9", true), ("0.0.0.0/0", "9.9.9.9", true), ("0.0.0.0/0", "a", false),
        ("10.0.0.0/33", "10.0.0.0", false), ("10.0.0.0/-1", "10.0.0.0", false), ("1.2.3.4", "1.2.3.4", true),
        ("1.2.3.4:4222", "1.2.3.4", true), ("1.2.3.4:1", "1.2.3.4", false), ("3.4", "1.2.3.4", false),
        ("2001:db8::/32", "2001:DB8::1", true), ("2001:db8::1", "2001:db8:0::1", true),
        ("[2001:db8::1]:4222", "2001:db8::1", true), ("[2001:db8::1]:1", "2001:db8::1", false),
        ("1.2.3.0/24", "::ffff:1.2.3.4", true), ("", "localhost", true), ("", "LOCALHOST.", true), ("", "127.8.9.1", true),
        ("", "::1", true), ("", "::ffff:127.0.0.1", true), ("", "localhost.example", false),
    ])
    func exceptions(list: String, host: String, expected: Bool) {
        #expect(ProxyEnvironment.isExcepted(host: host, port: 4222, by: list) == expected)
    }
}
