@testable import NATSClient
import NATSProtocol
import TestSupport
import Testing

/// No description, no dump and no event shows a secret.
@Suite("Secrets", .timeLimit(.minutes(1))) struct SecretsTests {
    private static let secret = "S3CRET-hunter2"

    /// Everything that printing, interpolation and reflection make of a value.
    private static func shown(_ value: Any) -> String {
        var dumped = ""
        dump(value, to: &dumped, maxDepth: 24, maxItems: 20_000)
        return "\(value) \(String(reflecting: value)) \(dumped)"
    }

    private static func everyWay() throws -> [ConnectOptions.Authentication] {
        let environment = ClientEnvironment(["SECRET": secret])
        let references: [ContextFile.Identity] = [
            .user("ann", password: .value(secret)), .token(.value(secret)), .credentials(.data(secret)), .nkey(.value(secret)),
            .jwt(.value(secret), seed: .value(secret)),
        ]
        return [
            .token(secret), .user("ann", password: secret), .nkey(seed: secret), .credentials(text: secret), .jwt(secret),
            .provider { _ in .token(secret) },
        ] + references.map { ConnectOptions.Authentication(method: .reference($0, environment)) }
            + references.map { ConnectOptions.Authentication($0, environment) }
    }

    @Test func optionsShowNone() throws {
        for authentication in try Self.everyWay() {
            var options = ConnectOptions()
            options.authentication = authentication
            #expect(!Self.shown(options).contains(Self.secret))
            #expect(!Self.shown(authentication).contains(Self.secret))
            #expect(!Self.shown([authentication]).contains(Self.secret))
        }
    }

    @Test func keysShowNone() throws {
        let key = try NKey.generate(.user)
        let seed = try #require(key.withSeedText { String(repairing: $0) })
        var options = ConnectOptions()
        for authentication in [ConnectOptions.Authentication.nkey(seed: seed), .nkey(key)] {
            options.authentication = authentication
            #expect(!Self.shown(options).contains(seed))
        }
        #expect(!Self.shown(key).contains(seed))
    }

    @Test func whatComesFromOutsideShowsNone() throws {
        let variables = ["NATS_URL": "nats://u:\(Self.secret)@h", "NATS_USER": "ann", "NATS_PASSWORD": Self.secret]
        let outside = try OutsideSettings(ClientEnvironment(variables)) { _ in nil }
        var options = ConnectOptions()
        let sources = try options.complete(by: outside)
        for value in [outside, options, sources] as [Any] { #expect(!Self.shown(value).contains(Self.secret)) }
    }

    @Test func theWayToTheServersShowsNone() throws {
        let url = "http://ann:\(Self.secret)@proxy"
        for rule in [try ProxyRule(.url(url)), .environment(["HTTPS_PROXY": url])] {
            #expect(!Self.shown(rule).contains(Self.secret))
        }
        var options = ConnectOptions()
        options.webSocket.path = "/nats?token=\(Self.secret)"
        #expect(!Self.shown(options).contains(Self.secret) && "\(options.webSocket)".contains("/nats?"))
        for choice in ["nats://ann:\(Self.secret)@h", "nats://\(Self.secret)@h:x"] {
            #expect(!Self.shown(ReconnectChoice(server: choice)).contains(Self.secret))
        }
    }

    @Test func theSessionShowsNone() {
        var options = ConnectOptions()
        for authentication in [ConnectOptions.Authentication.token(Self.secret), .user("ann", password: Self.secret)] {
            options.authentication = authentication
            let configuration = SessionConfiguration(options)
            #expect(configuration.authentication != .none && !Self.shown(configuration).contains(Self.secret))
        }
    }

    @Test("a connection, its events and its errors show none", arguments: TestBackend.available)
    func connection(backend: TestBackend) async throws {
        let script: [ScriptStep] = [.send(ScriptedServer.defaultINFO)] + .expectConnectAndPing
        try await withScriptedServer(
            script + [.send("PONG\r\n"), .skip(toLineWithPrefix: "PUB go"), .close],
            script + [.send("-ERR 'Authorization Violation'\r\n"), .close], script + [.send("PONG\r\n")]
        ) { server in
            let change: (inout ConnectOptions) -> Void = { $0.authentication = .user("ann", password: Self.secret) }
            try await withClient(server, backend, options: change) { nats in
                #expect(!Self.shown(nats).contains(Self.secret))
                let events = nats.events
                try await nats.publish("go", "x")
                for await event in events {
                    #expect(!Self.shown(event).contains(Self.secret))
                    if case .reconnected = event { break }
                }
                // It was on the wire, so there is something that could have been shown.
                #expect(server.connections.last?.text.contains(Self.secret) == true)
                #expect(nats.lastError.map { Self.shown($0).contains(Self.secret) } == false)
            }
        }
    }

    @Test("a refused secret isn't in the error", arguments: TestBackend.available)
    func refused(backend: TestBackend) async throws {
        for authentication in [
            ConnectOptions.Authentication.nkey(seed: Self.secret), .credentials(text: Self.secret), .jwt(Self.secret),
        ] {
            let error = await connectError("nats://127.0.0.1:1", backend) { $0.authentication = authentication }
            #expect(error?.code == .invalidOption)
            #expect(error.map { Self.shown($0).contains(Self.secret) } == false)
        }
        let url = await connectError("nats://ann:\(Self.secret)@127.0.0.1:1", backend)
        #expect(url?.code == .connectFailed && url.map { Self.shown($0).contains(Self.secret) } == false)
        let malformed = await connectError("nats://ann:\(Self.secret)@host:port", backend)
        #expect(malformed?.code == .invalidAddress && malformed.map { Self.shown($0).contains(Self.secret) } == false)
    }
}
