import NATSClient
import TestSupport
import Testing

/// A client knows nothing of auth callout; what it shows goes to a service that decides.
@Suite("Auth callout") struct AuthCalloutTests {
    private static func server(_ key: NKey) -> NATSServerOptions {
        .with { $0.authCallout = .init(issuer: key.publicKey) }
    }

    @Sendable private static func judge(_ request: CalloutService.Request) -> CalloutService.Verdict {
        let shown = request.connectOpts
        if shown.user == "ann", shown.pass == "pw" { return .user("ann") }
        if shown.authToken == "t0ken" { return .user("bearer") }
        return shown.user == "bob" ? .denied(reason: "bob is on leave") : .silentlyDenied
    }

    @Test("user and password, and a token, are judged by the service", arguments: Backend.tested)
    func accepted(_ backend: Backend) async throws {
        let key = try NKey.generate(.account)
        try await withBench(backend, Self.server(key)) { bench in
            let service = try await CalloutService(bench, key, Self.judge)
            let ann = try await bench.connect { $0.authentication = .user("ann", password: "pw") }
            let info = try await ann.userInfo()
            #expect(info.account == "APP" && info.user == "ann")
            let bearer = try await bench.connect { $0.authentication = .token("t0ken") }
            #expect(try await bearer.userInfo().user == "bearer")
            // They are in one account.
            let subscription = try await bearer.subscribe("hello")
            try await ann.publish("hello", "x")
            #expect(try await subscription.required().string == "x")
            #expect(service.requestCount == 2)
        }
    }

    @Test("whom the service refuses, with a reason or without, is refused by the server", arguments: Backend.tested)
    func refused(_ backend: Backend) async throws {
        let key = try NKey.generate(.account)
        try await withBench(backend, Self.server(key)) { bench in
            let service = try await CalloutService(bench, key, Self.judge)
            let wrong: [ConnectOptions.Authentication] = [.user("ann", password: "no"), .user("bob", password: "pw"), .none]
            for option in wrong {
                let error = await expectError(.authenticationFailed) {
                    try await bench.connect { $0.authentication = option }
                }
                #expect(error?.serverError?.kind == .authorizationViolation)
            }
            #expect(service.requestCount == wrong.count)
            // The reason stays with the server.
            #expect(bench.server.log.contains("bob is on leave") || bench.server.log.contains("Bob is on leave"))
        }
    }

    @Test("without the service attempts fail, and the connection is back when the service is", arguments: Backend.tested)
    func serviceDown(_ backend: Backend) async throws {
        let key = try NKey.generate(.account)
        try await withBench(backend, Self.server(key)) { bench in
            let service = try await CalloutService(bench, key, Self.judge)
            let ann = try await bench.connect { $0.authentication = .user("ann", password: "pw") }
            let log = EventLog(ann)
            await service.stop()
            try await bench.server.restart()
            // The server waits for the service as long as for a client (2 s), and refuses then.
            let failure = try await log.first("an attempt fails", within: .seconds(30)) { $0.failedAttempt }
            #expect([.authenticationFailed, .serverError, .timedOut, .connectFailed].contains(failure.code), "\(failure)")
            let successor = try await CalloutService(bench, key, Self.judge)
            _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
            #expect(try await ann.userInfo().user == "ann")
            #expect(successor.requestCount > 0)
        }
    }
}
