import NATSClient
import TestSupport
import Testing

@Suite("Authentication") struct AuthenticationTests {
    private static let withUser = NATSServerOptions.with {
        $0.user = "ann"
        $0.password = "s3cret:@/"
    }

    @Test("user and password by options", arguments: Backend.tested)
    func user(_ backend: Backend) async throws {
        try await withBench(backend, Self.withUser) { bench in
            let nats = try await bench.connect { $0.authentication = .user("ann", password: "s3cret:@/") }
            try await nats.flush()
            #expect(nats.serverInfo?.requiresAuthentication == true)
        }
    }

    @Test("credentials in the URL, percent-encoded, win over options", arguments: Backend.tested)
    func userInURL(_ backend: Backend) async throws {
        try await withBench(backend, Self.withUser) { bench in
            let url = "nats://ann:s3cret%3A%40%2F@127.0.0.1:\(bench.server.port)"
            let nats = try await bench.connect(url) { $0.authentication = .token("wrong") }
            try await nats.flush()
            // A server's name never shows a secret.
            #expect(nats.connectedServer == bench.server.url)
        }
    }

    @Test("a token, by options and in the URL", arguments: Backend.tested)
    func token(_ backend: Backend) async throws {
        try await withBench(backend, .with { $0.token = "t0ken" }) { bench in
            try await bench.connect { $0.authentication = .token("t0ken") }.flush()
            try await bench.connect("nats://t0ken@127.0.0.1:\(bench.server.port)").flush()
        }
    }

    @Test("refused credentials are their own error, without the secret", arguments: Backend.tested)
    func refused(_ backend: Backend) async throws {
        try await withBench(backend, Self.withUser) { bench in
            let error = await expectError(.authenticationFailed) {
                try await bench.connect { $0.authentication = .user("ann", password: "hunter2") }
            }
            #expect(error?.serverError?.kind == .authorizationViolation)
            #expect(error?.server == bench.server.url)
            #expect(error.map { "\($0)".contains("hunter2") } == false)
            #expect(error?.isRetryable == false)
        }
    }

    @Test("credentials that go bad are tried again until they are good", arguments: Backend.tested)
    func reload(_ backend: Backend) async throws {
        try await withBench(backend, Self.withUser) { bench in
            let nats = try await bench.connect { $0.authentication = .user("ann", password: "s3cret:@/") }
            let log = EventLog(nats)
            try await bench.server.reload { $0.password = "other" }
            let failure = try await log.first("an attempt is refused") { $0.failedAttempt }
            #expect(failure.code == .authenticationFailed)
            try await bench.server.reload { $0.password = "s3cret:@/" }
            _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
            try await nats.flush()
        }
    }

    @Test("giving up on refused credentials is an option", arguments: Backend.tested)
    func givesUp(_ backend: Backend) async throws {
        try await withBench(backend, Self.withUser) { bench in
            let nats = try await bench.connect {
                $0.authentication = .user("ann", password: "s3cret:@/")
                $0.reconnect.givesUpOnRepeatedAuthenticationFailure = true
            }
            let log = EventLog(nats)
            try await bench.server.reload { $0.password = "other" }
            await log.finished()
            let error = await expectError(.connectionClosed) { try await nats.flush() }
            #expect((error?.underlying as? NATSError)?.code == .authenticationFailed)
            guard case .closed(let cause?) = log.all.last else {
                Issue.record("the last event is \(String(describing: log.all.last))")
                return
            }
            #expect(cause.code == .authenticationFailed)
        }
    }
}
