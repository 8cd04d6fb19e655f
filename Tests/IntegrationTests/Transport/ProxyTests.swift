import NATSClient
import TestSupport
import Testing

/// Real servers behind HTTP and SOCKS5 proxies, for every transport.
@Suite(.timeLimit(.minutes(3))) struct ProxyTests {
    /// What goes through the tunnel.
    enum Transport: CaseIterable, Sendable {
        case plain
        case tls
        case handshakeFirst
        case webSocket
        case secureWebSocket

        fileprivate func options(_ certificates: TestCertificates) -> NATSServerOptions {
            var tls = NATSServerOptions.TLS(certificates.server)
            if self == .handshakeFirst { tls.handshakeFirst = .always }
            return .with { [tls] in
                switch self {
                case .plain: break
                case .tls, .handshakeFirst: $0.tls = tls
                case .webSocket: $0.webSocket = .init()
                case .secureWebSocket: $0.webSocket = .init(tls: tls)
                }
            }
        }

        fileprivate func url(_ server: NATSServerProcess) -> String {
            switch self {
            case .plain: "nats://localhost:\(server.port)"
            case .tls, .handshakeFirst: server.tlsURL
            case .webSocket, .secureWebSocket: server.webSocketURL
            }
        }

        fileprivate func configuration(_ certificates: TestCertificates) -> TLSConfiguration? {
            switch self {
            case .plain, .webSocket: nil
            case .tls, .handshakeFirst, .secureWebSocket:
                TLSConfiguration(
                    trustRoots: .file(certificates.authority.certificate), handshakeFirst: self == .handshakeFirst)
            }
        }
    }

    @Test(arguments: Backend.tested, TunnelProxy.Kind.allCases)
    func everyTransportGoesThroughATunnel(backend: Backend, kind: TunnelProxy.Kind) async throws {
        let certificates = try TestCertificates.shared.get()
        for transport in Transport.allCases {
            try await withBench(backend, transport.options(certificates)) { bench in
                try await withTunnelProxy(kind) { proxy in
                    let url = transport.url(bench.server)
                    let nats = try await bench.connect(url) {
                        $0.proxy = .url(proxy.url)
                        $0.tls = transport.configuration(certificates)
                    }
                    let subscription = try await nats.subscribe("tunnel")
                    try await nats.publish("tunnel", pattern(300_000))
                    let message = try await subscription.required()
                    #expect(message.payload.elementsEqual(pattern(300_000)), "\(transport)")
                    // The name goes to the proxy as it is.
                    let target = url.split(separator: "/").last.map(String.init) ?? ""
                    #expect(proxy.targets == [target])
                    await nats.close()
                }
            }
        }
    }

    @Test(arguments: Backend.tested, TunnelProxy.Kind.allCases)
    func aProxyMayWantCredentials(backend: Backend, kind: TunnelProxy.Kind) async throws {
        let credentials = TunnelProxy.Credentials(user: "me@work", password: "s3:cr3t")
        try await withBench(backend) { bench in
            try await withTunnelProxy(kind, credentials: credentials) { proxy in
                let address = "127.0.0.1:\(proxy.port)"
                let nats = try await bench.connect {
                    $0.proxy = .url("\(kind.rawValue)://me%40work:s3%3Acr3t@\(address)")
                }
                try await nats.flush()
                for secret in ["", "me%40work:wr0ng@"] {
                    let error = await expectError(.connectFailed) {
                        try await bench.connect { $0.proxy = .url("\(kind.rawValue)://\(secret)\(address)") }
                    }
                    #expect(error?.message.contains("the proxy refused our credentials, or wants some") == true)
                    #expect(error?.description.contains("wr0ng") == false)
                }
                await nats.close()
            }
        }
    }

    @Test(arguments: Backend.tested, TunnelProxy.Kind.allCases)
    func aProxyThatRefusesIsNamed(backend: Backend, kind: TunnelProxy.Kind) async throws {
        try await withBench(backend) { bench in
            func failure(_ manner: TunnelProxy.Manner, _ code: NATSError.Code) async throws -> String {
                try await withTunnelProxy(kind, manner: manner) { proxy in
                    let error = await expectError(code) {
                        try await bench.connect {
                            $0.proxy = .url(proxy.url)
                            $0.connectTimeout = manner == .silent ? .seconds(1) : .seconds(20)
                        }
                    }
                    return error?.message ?? ""
                }
            }
            let reason = kind == .http ? "403 Forbidden" : "not allowed by its rules"
            let refused = try await failure(.refusing, .connectFailed)
            #expect(refused.contains(reason))
            let closed = try await failure(.closing, .connectFailed)
            #expect(closed.contains("the proxy failed: the other side closed"))
            let silent = try await failure(.silent, .timedOut)
            #expect(silent.contains("the proxy"))
        }
    }

    @Test(arguments: Backend.tested) func whatIsNoProxyIsNamed(backend: Backend) async throws {
        try await withBench(backend, expectsParseErrors: true) { bench in
            for kind in TunnelProxy.Kind.allCases {
                let error = await expectError(.connectFailed) {
                    try await bench.connect { $0.proxy = .url("\(kind.rawValue)://127.0.0.1:\(bench.server.port)") }
                }
                #expect(error?.message.contains("is it another kind of proxy?") == true)
            }
            for url in ["ftp://127.0.0.1:1", "http://127.0.0.1:1/path", "socks5://:secret@host"] {
                let error = await expectError(.invalidOption) { try await bench.connect { $0.proxy = .url(url) } }
                #expect(error?.description.contains("secret") == false)
            }
        }
    }

    @Test(arguments: Backend.tested, TunnelProxy.Kind.allCases)
    func aReconnectGoesThroughTheProxyToo(backend: Backend, kind: TunnelProxy.Kind) async throws {
        try await withBench(backend) { bench in
            try await withTunnelProxy(kind) { proxy in
                let nats = try await bench.connect { $0.proxy = .url(proxy.url) }
                let log = EventLog(nats)
                try await bench.server.restart()
                _ = try await log.first("the client is back", within: .seconds(20), \.isReconnected)
                #expect(proxy.targets.count >= 2)
                await nats.close()
            }
        }
    }
}

/// Proxies that the environment names. The variables are the process's own, so each test has one.
@Suite(.timeLimit(.minutes(2))) struct ProxyEnvironmentTests {
    @Test func theVariableOfTheNATSCLINamesAProxy() async throws {
        await #expect(processExitsWith: .success) {
            try await withBench(.epoll) { bench in
                try await withTunnelProxy(.socks5) { proxy in
                    setEnvironment("NATS_SOCKS_PROXY", "127.0.0.1:\(proxy.port)")
                    let nats = try await bench.connect()
                    #expect(proxy.targets == ["127.0.0.1:\(bench.server.port)"])
                    await nats.close()
                    let direct = try await bench.connect { $0.proxy = .none }
                    try await direct.flush()
                    #expect(proxy.targets.count == 1)
                }
            }
        }
    }

    @Test func theVariablesOfOtherToolsCountWhenAskedFor() async throws {
        await #expect(processExitsWith: .success) {
            try await withBench(.epoll) { bench in
                try await withTunnelProxy(.http) { proxy in
                    setEnvironment("ALL_PROXY", proxy.url)
                    // Not asked for, and not for this machine.
                    try await bench.connect().flush()
                    try await bench.connect { $0.proxy = .environment }.flush()
                    #expect(proxy.targets == [])
                    // The proxy resolves it, so that it needn't exist here.
                    let nats = try await bench.connect("nats://nats.example:\(bench.server.port)") { $0.proxy = .environment }
                    #expect(proxy.targets == ["nats.example:\(bench.server.port)"])
                    await nats.close()
                }
            }
        }
    }
}
