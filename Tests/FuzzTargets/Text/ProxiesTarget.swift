import NATSProtocol

/// Proxies: their addresses, and the variables that name them and their exceptions. Lines: proxy, exceptions, host.
enum ProxiesTarget: FuzzTarget {
    static let name = "proxies"
    static let byteCountMax = 512

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let lines = input.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let (proxy, exceptions) = (lines[0], lines.count > 1 ? lines[1] : "")
        let host = lines.count > 2 ? lines[2] : "demo.nats.io"
        if let address = try? ProxyAddress(parsing: proxy) {
            try expect(!address.host.isEmpty && address.port > 0, "a proxy without host or port")
            if let credentials = address.credentials {
                let other = ProxyAddress(
                    kind: address.kind, host: address.host, port: address.port,
                    credentials: .init(user: credentials.user, password: "another secret"))
                try expectEqual("\(other)", "\(address)", "the description depends on the secret")
            } else {
                try expectEqual(try? ProxyAddress(parsing: "\(address)"), address, "the description leads elsewhere")
            }
        }
        let environment = ["HTTPS_PROXY": proxy, "NO_PROXY": exceptions]
        let found = try? ProxyEnvironment.proxy(forHost: host, port: 4222, in: environment)
        if let found { try expectEqual(found, try? ProxyAddress(parsing: proxy), "the proxy of the environment") }
        let local = try? ProxyEnvironment.proxy(forHost: "127.0.0.1", port: 4222, in: environment)
        try expect(local == nil, "a proxy for this machine")
        let everything = ["HTTPS_PROXY": proxy, "NO_PROXY": exceptions + ",*"]
        try expect((try? ProxyEnvironment.proxy(forHost: host, port: 4222, in: everything)) == nil, "* excepts everything")
    }
}
