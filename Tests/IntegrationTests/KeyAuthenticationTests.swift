import NATSClient
import Synchronization
import TestSupport
import Testing

@Suite("Authentication by keys and providers") struct KeyAuthenticationTests {
    /// A server that knows the user of one NKey.
    private static func server(_ key: NKey) -> NATSServerOptions {
        .with { $0.extraConfiguration = "authorization: { users: [ { nkey: \"\(key.publicKey)\" } ] }" }
    }

    private static func seed(_ key: NKey) throws -> String {
        try #require(key.withSeedText { String(repairing: $0) })
    }

    @Test("an NKey by its seed, as a value, and by a signer", arguments: Backend.tested)
    func nkey(_ backend: Backend) async throws {
        let key = try NKey.generate(.user)
        let seed = try Self.seed(key)
        try await withBench(backend, Self.server(key)) { bench in
            let options: [ConnectOptions.Authentication] = [
                .nkey(seed: seed), .nkey(key), .nkey(publicKey: key.publicKey) { nonce in try key.sign(nonce.span) },
            ]
            for option in options {
                try await bench.connect { $0.authentication = option }.flush()
            }
        }
    }

    @Test("another key, and one that lies about its name, are refused", arguments: Backend.tested)
    func refused(_ backend: Backend) async throws {
        let (key, other) = (try NKey.generate(.user), try NKey.generate(.user))
        let seed = try Self.seed(other)
        try await withBench(backend, Self.server(key)) { bench in
            let wrong: [ConnectOptions.Authentication] = [
                .nkey(seed: seed), .nkey(publicKey: key.publicKey) { nonce in try other.sign(nonce.span) }, .none,
            ]
            for option in wrong {
                let error = await expectError(.authenticationFailed) {
                    try await bench.connect { $0.authentication = option }
                }
                #expect(error?.serverError?.kind == .authorizationViolation)
                #expect(error.map { "\($0)".contains(seed) } == false)
            }
        }
    }

    @Test("what can never work is refused before connecting, without a secret in the error", arguments: Backend.tested)
    func malformed(_ backend: Backend) async throws {
        let key = try NKey.generate(.user)
        let broken = String(try Self.seed(key).dropLast()) + "_"
        let account = try NKey.generate(.account)
        try await withBench(backend, Self.server(key)) { bench in
            let wrong: [ConnectOptions.Authentication] = [
                .nkey(seed: broken), .credentials(text: broken), .jwt(broken), .nkey(account),
            ]
            for option in wrong {
                let error = await expectError(.invalidOption) { try await bench.connect { $0.authentication = option } }
                #expect(error.map { "\($0)".contains(broken) } == false)
            }
        }
    }

    @Test("a provider is asked in every attempt, each time with another nonce", arguments: Backend.tested)
    func provider(_ backend: Backend) async throws {
        let key = try NKey.generate(.user)
        try await withBench(backend, Self.server(key)) { bench in
            let requests = Recorder<AuthenticationRequest>()
            let nats = try await bench.connect {
                $0.authentication = .provider { request in
                    requests.append(request)
                    return .nkey(key)
                }
            }
            let log = EventLog(nats)
            bench.server.kill()
            try await bench.server.restart()
            _ = try await log.first("connected again", within: .seconds(30)) { $0.isReconnected }
            try await nats.flush()
            let all = requests.all
            #expect(all.count >= 2 && Set(all.compactMap(\.nonce)).count == all.count)
            #expect(all.allSatisfy { $0.server == bench.server.url && $0.requiresAuthentication })
        }
    }

    @Test("a provider may name a user, and is asked without a nonce then", arguments: Backend.tested)
    func providerOfAUser(_ backend: Backend) async throws {
        let options = NATSServerOptions.with {
            $0.user = "ann"
            $0.password = "pw"
        }
        try await withBench(backend, options) { bench in
            let requests = Recorder<AuthenticationRequest>()
            try await bench.connect {
                $0.authentication = .provider { request in
                    requests.append(request)
                    return .user("ann", password: "pw")
                }
            }.flush()
            #expect(requests.all.map(\.nonce) == [nil])
            // The URL's credentials win: nobody is asked.
            try await bench.connect("nats://ann:pw@127.0.0.1:\(bench.server.port)") {
                $0.authentication = .provider { request in
                    requests.append(request)
                    return .none
                }
            }.flush()
            #expect(requests.all.count == 1)
        }
    }

    @Test("what a provider throws is the cause, and the next attempt asks again", arguments: Backend.tested)
    func failingProvider(_ backend: Backend) async throws {
        struct VaultSealed: Error, CustomStringConvertible { let description = "the vault is sealed" }
        let key = try NKey.generate(.user)
        try await withBench(backend, Self.server(key)) { bench in
            let error = await expectError(.authenticationFailed) {
                try await bench.connect { $0.authentication = .provider { _ in throw VaultSealed() } }
            }
            #expect(error?.message.contains("the vault is sealed") == true)
            let count = Mutex(0)
            let nats = try await bench.connect {
                $0.reconnect.retriesFirstConnect = true
                $0.authentication = .provider { _ in
                    let number = count.withLock { count in
                        count += 1
                        return count
                    }
                    if number < 3 { throw VaultSealed() }
                    return .nkey(key)
                }
            }
            try await nats.flush()
            #expect(count.withLock { $0 } == 3)
        }
    }
}
