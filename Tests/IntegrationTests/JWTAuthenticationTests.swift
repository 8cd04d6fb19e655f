import NATSClient
import TestSupport
import Testing

@Suite("Authentication by JWT, in operator mode") struct JWTAuthenticationTests {
    @Test("credentials by file and by text, a JWT with a signer, and a bearer's JWT", arguments: Backend.tested)
    func connects(_ backend: Backend) async throws {
        let mode = try OperatorMode()
        let user = try NKey.generate(.user)
        let (jwt, bearer) = (try mode.userJWT(user), try mode.userJWT(user, isBearer: true))
        let text = try OperatorMode.credentials(jwt: jwt, user)
        let folder = try TemporaryFolder()
        try folder.write(text, to: "user.creds")
        let path = folder.file("user.creds")
        try await withBench(backend, mode.serverOptions()) { bench in
            let options: [ConnectOptions.Authentication] = [
                .credentials(file: path), .credentials(text: text), .jwt(jwt) { nonce in try user.sign(nonce.span) },
                .jwt(bearer),
            ]
            for option in options {
                try await bench.connect { $0.authentication = option }.flush()
            }
        }
        folder.remove()
    }

    @Test("a JWT without its key, an expired one, and one of a stranger are refused", arguments: Backend.tested)
    func refused(_ backend: Backend) async throws {
        let (mode, stranger) = (try OperatorMode(), try OperatorMode())
        let (user, other) = (try NKey.generate(.user), try NKey.generate(.user))
        let texts = [
            try OperatorMode.credentials(jwt: mode.userJWT(user), other),
            try OperatorMode.credentials(jwt: mode.userJWT(user, expiresAt: 1_700_000_001), user),
            try OperatorMode.credentials(jwt: stranger.userJWT(user), user),
        ]
        let jwt = try mode.userJWT(user)
        try await withBench(backend, mode.serverOptions()) { bench in
            for option in texts.map(ConnectOptions.Authentication.credentials(text:)) + [.jwt(jwt)] {
                let error = await expectError(.authenticationFailed) {
                    try await bench.connect { $0.authentication = option }
                }
                #expect(error?.serverError != nil)
            }
        }
    }

    @Test("a credentials file that was replaced counts from the next attempt on", arguments: Backend.tested)
    func replaced(_ backend: Backend) async throws {
        let mode = try OperatorMode()
        let user = try NKey.generate(.user)
        let good = try OperatorMode.credentials(jwt: mode.userJWT(user), user)
        let expired = try OperatorMode.credentials(jwt: mode.userJWT(user, expiresAt: 1_700_000_001), user)
        let folder = try TemporaryFolder()
        try folder.write(good, to: "user.creds")
        let path = folder.file("user.creds")
        try await withBench(backend, mode.serverOptions()) { bench in
            let nats = try await bench.connect { $0.authentication = .credentials(file: path) }
            let log = EventLog(nats)
            try folder.write(expired, to: "user.creds")
            try await bench.server.restart()
            _ = try await log.first("refused", within: .seconds(30)) { event in
                event.failedAttempt.flatMap { $0.code == .authenticationFailed ? $0 : nil }
            }
            try folder.write(good, to: "user.creds")
            _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
            try await nats.flush()
        }
        folder.remove()
    }
}
