import NATSClient
import TestSupport
import Testing

/// Connections that are configured from outside: by variables of the environment and by contexts of the NATS CLI.
///
/// Variables belong to the process, so tests that set some run in one of their own.
@Suite("Configuration from outside") struct ConfigurationTests {
    private static let server = NATSServerOptions.with {
        $0.user = "ann"
        $0.password = "s3cret"
    }

    /// As `nats context add` writes it.
    private static func context(_ fields: [String: String]) -> String {
        let names = [
            "description", "url", "socks_proxy", "token", "user", "password", "creds", "nkey", "cert", "key", "ca", "nsc",
            "jetstream_domain", "jetstream_api_prefix", "jetstream_event_prefix", "inbox_prefix", "user_jwt", "color_scheme",
        ]
        let texts = names.map { "  \"\($0)\": \"\(fields[$0] ?? "")\"," }
        return "{\n\(texts.joined(separator: "\n"))\n  \"tls_first\": false\n}\n"
    }

    @Test("variables configure a connection, the program wins, and all is told", arguments: Backend.tested)
    func variables(_ backend: Backend) async throws {
        let isEpoll = backend == .epoll
        await #expect(processExitsWith: .success) { [isEpoll = isEpoll as Bool] in
            try await withBench(isEpoll ? .epoll : .ioUring, Self.server) { try await Self.connectByVariables($0) }
        }
    }

    private static func connectByVariables(_ bench: Bench) async throws {
        setEnvironment("NATS_URL", bench.server.url)
        setEnvironment("NATS_USER", "ann")
        setEnvironment("NATS_PASSWORD", "s3cret")
        setEnvironment("NATS_TIMEOUT", "250ms")
        // A timeout that the tests lengthen would be the program's word.
        let options = bench.options { $0.requestTimeout = ConnectOptions().requestTimeout }
        try await NATS.withConnection(options: options) { nats in
            #expect(try await nats.userInfo(timeout: .seconds(45)).user == "ann")
            let told = "servers: NATS_URL; authentication: NATS_USER, NATS_PASSWORD; requestTimeout: NATS_TIMEOUT"
            #expect(nats.configurationSources.description == told)
            _ = try await nats.subscribe("silent") { _ in }
            let error = await expectError(.timedOut) { try await nats.request("silent", "x") }
            #expect(error?.subject == "silent")
        }
        await expectError(.authenticationFailed) {
            try await NATS.connect(options: bench.options { $0.authentication = .none })
        }
        // Credentials are never sent to where they weren't meant for.
        await expectError(.authenticationFailed) { try await NATS.connect(bench.server.url, options: bench.options()) }
        setEnvironment("NATS_TIMEOUT", "soon")
        let timeout = await expectError(.invalidConfiguration) { try await NATS.connect(options: bench.options()) }
        #expect(timeout?.message.contains("NATS_TIMEOUT") == true)
        setEnvironment("NATS_TIMEOUT", "")
        setEnvironment("NATS_URL", "nats://ann:s3cret@host:port")
        let url = await expectError(.invalidAddress) { try await NATS.connect(options: bench.options()) }
        #expect(url?.message.contains("NATS_URL") == true && url.map { "\($0)".contains("s3cret") } == false)
    }

    @Test("contexts are found in the home directory, by name and by selection", arguments: Backend.tested)
    func home(_ backend: Backend) async throws {
        let isEpoll = backend == .epoll
        await #expect(processExitsWith: .success) { [isEpoll = isEpoll as Bool] in
            try await withBench(isEpoll ? .epoll : .ioUring, Self.server) { try await Self.connectByContextsAtHome($0) }
        }
    }

    private static func connectByContextsAtHome(_ bench: Bench) async throws {
        let home = try TemporaryFolder()
        let annPath = home.file(".config/nats/context/ann.json")
        let ann = ["url": bench.server.url, "user": "ann", "password": "s3cret", "inbox_prefix": "_ANN"]
        try home.write(context(ann), to: ".config/nats/context/ann.json")
        try home.write(context(["url": bench.server.url, "user": "bob"]), to: ".config/nats/context/bob.json")
        try home.write("ann", to: ".config/nats/context.txt")
        setEnvironment("HOME", home.path)
        setEnvironment("XDG_CONFIG_HOME", "")
        for context in ["ann", .selected] as [NATSContext] {
            try await NATS.withConnection(context: context, options: bench.options()) { nats in
                let info = try await nats.userInfo()
                #expect(info.user == "ann")
                #expect(nats.newInbox().hasPrefix("_ANN."))
                #expect(nats.configurationSources[.inboxPrefix] == [.context(path: annPath)])
                #expect(nats.configurationSources[.servers] == [.context(path: annPath)])
            }
        }
        setEnvironment("NATS_CONTEXT", "bob")
        await expectError(.authenticationFailed) { try await NATS.connect(options: bench.options()) }
        setEnvironment("NATS_CONTEXT", "ann")
        try await NATS.withConnection(options: bench.options()) { nats in
            let info = try await nats.userInfo()
            #expect(info.user == "ann")
        }
        setEnvironment("XDG_CONFIG_HOME", home.file("elsewhere"))
        let error = await expectError(.invalidConfiguration) { try await NATS.connect(options: bench.options()) }
        #expect((error?.underlying as? ContextError)?.code == .notFound)
        #expect(error?.message.contains(home.file("elsewhere/nats/context/ann.json")) == true)
        home.remove()
    }

    @Test("a context by the path of its file: every way of saying who we are", arguments: Backend.tested)
    func identities(_ backend: Backend) async throws {
        let folder = try TemporaryFolder()
        let key = try NKey.generate(.user)
        let seed = try #require(key.withSeedText { String(repairing: $0) })
        try folder.write(seed + "\n", to: "user.nk")
        let mode = try OperatorMode()
        let jwt = try mode.userJWT(key)
        try folder.write(OperatorMode.credentials(jwt: jwt, key), to: "user.creds")
        let nkeys = NATSServerOptions.with { $0.extraConfiguration = "authorization: { users: [ { nkey: \(key.publicKey) } ] }" }
        let cases: [(NATSServerOptions, [[String: String]])] = [
            (.with { $0.token = "t0ken" }, [["token": "t0ken"], ["token": "data:;base64,dDBrZW4="]]),
            (Self.server, [["user": "ann", "password": "s3cret"]]),
            (nkeys, [["nkey": folder.file("user.nk")], ["nkey": "file://\(folder.file("user.nk"))"]]),
            (
                try mode.serverOptions(),
                [["creds": folder.file("user.creds")], ["user_jwt": jwt, "user_seed": "file://\(folder.file("user.nk"))"]]
            ),
        ]
        for (options, contexts) in cases {
            try await withBench(backend, options) { bench in
                for fields in contexts {
                    var fields = fields
                    fields["url"] = bench.server.url
                    let seedField = fields["user_seed"].map { #"{"user_seed":"\#($0)","# } ?? "{"
                    try folder.write(seedField + Self.context(fields).dropFirst(), to: "context.json")
                    let context = NATSContext.named(folder.file("context.json"))
                    try await NATS.withConnection(context: context, options: bench.options()) { nats in
                        try await nats.flush()
                        #expect(nats.configurationSources[.authentication] == [.context(path: folder.file("context.json"))])
                    }
                }
            }
        }
    }

    @Test("certificates, keys and the handshake's place are taken from a context, and so is a proxy", arguments: Backend.tested)
    func encryption(_ backend: Backend) async throws {
        let certificates = try TestCertificates.shared.get()
        let folder = try TemporaryFolder()
        for handshake in [NATSServerOptions.TLS.HandshakeFirst.never, .always] {
            var tls = NATSServerOptions.TLS(certificates.server)
            tls.clientAuthority = certificates.authority
            tls.handshakeFirst = handshake
            try await withBench(backend, .with { [tls] in $0.tls = tls }) { bench in
                try await withTunnelProxy(.socks5) { proxy in
                    let fields = [
                        "url": bench.server.url, "ca": certificates.authority.certificate,
                        "cert": certificates.client.certificate, "key": certificates.client.key,
                        "socks_proxy": "127.0.0.1:\(proxy.port)",
                    ]
                    let parts = Self.context(fields).split(separator: "false", omittingEmptySubsequences: false)
                    try folder.write(parts.joined(separator: handshake == .always ? "true" : "false"), to: "context.json")
                    let path = folder.file("context.json")
                    try await NATS.withConnection(context: .named(path), options: bench.options()) { nats in
                        try await nats.flush()
                        #expect(nats.tlsDetails != nil)
                        for setting in [ConfigurationSources.Setting.tls, .proxy] {
                            #expect(nats.configurationSources[setting] == [.context(path: path)])
                        }
                    }
                    #expect(proxy.targets == ["127.0.0.1:\(bench.server.port)"])
                }
            }
        }
        folder.remove()
    }

    @Test("a secret that a context names elsewhere is read again in every attempt", arguments: Backend.tested)
    func rotated(_ backend: Backend) async throws {
        let folder = try TemporaryFolder()
        try folder.write("s3cret\n", to: "password")
        try await withBench(backend, Self.server) { bench in
            let fields = ["url": bench.server.url, "user": "ann", "password": "file://\(folder.file("password"))"]
            try folder.write(Self.context(fields), to: "context.json")
            let nats = try await NATS.connect(
                context: .named(folder.file("context.json")), options: bench.options())
            let log = EventLog(nats)
            try await bench.server.reload { $0.password = "other" }
            _ = try await log.first("refused", within: .seconds(30)) { $0.failedAttempt }
            try folder.write("other", to: "password")
            _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
            await nats.close()
        }
    }

    @Test("mistakes in a context are told by file and field, and never by value", arguments: Backend.tested)
    func mistakes(_ backend: Backend) async throws {
        let folder = try TemporaryFolder()
        let cases: [(text: String, code: NATSError.Code, named: String)] = [
            (#"{"url":["nats://S3CRET@a"]}"#, .invalidConfiguration, "'url'"), ("S3CRET", .invalidConfiguration, "JSON"),
            (#"{"url":"nats://u:S3CRET@a:b"}"#, .invalidAddress, "context.json"),
            (#"{"nsc":"nsc://o/a/u"}"#, .invalidConfiguration, "'nsc'"),
            (#"{"url":"URL","creds":"/nowhere/S.creds"}"#, .authenticationFailed, "/nowhere/S.creds"),
            (#"{"url":"URL","token":"env://SWIFT_NATS_NOT_SET"}"#, .authenticationFailed, "SWIFT_NATS_NOT_SET"),
            (#"{"url":"URL","password":"S3CRET","user":"ann","inbox_prefix":"a..b"}"#, .invalidOption, "inbox"),
        ]
        try await withBench(backend, Self.server) { bench in
            for (text, code, named) in cases {
                let json = text.split(separator: "URL", omittingEmptySubsequences: false).joined(separator: bench.server.url)
                try folder.write(json, to: "context.json")
                let error = await expectError(code) {
                    try await NATS.connect(
                        context: .named(folder.file("context.json")), options: bench.options())
                }
                let shown = error.map { "\($0)" } ?? ""
                #expect(shown.contains(named) && !shown.contains("S3CRET"), "\(shown)")
            }
        }
    }
}
