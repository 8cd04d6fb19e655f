@testable import NATSClient
import Synchronization
import TestSupport
import Testing

/// The provider of credentials is the user's code: asked in every attempt, cancelled with it, and heard when it fails.
@Suite("The provider of credentials", .timeLimit(.minutes(2))) struct ProviderTests {
    private struct VaultError: Error, Equatable {
        let attempt: Int
    }

    /// Counts its calls.
    private final class Vault: Sendable {
        private let calls = Mutex(0)

        var count: Int { calls.withLock { $0 } }

        func next() -> Int {
            calls.withLock { calls in
                calls += 1
                return calls
            }
        }
    }

    private static let challenge: [ScriptStep] = [.send(ScriptedServer.info(extraFields: #""nonce":"n""#)), .awaitClientClose]
    private static let accepts: [ScriptStep] =
        [.send(ScriptedServer.info(extraFields: #""nonce":"n""#))] + .expectConnectAndPing + [.send("PONG\r\n")]

    @Test("what it throws is the underlying error of connect", arguments: TestBackend.available)
    func ownError(backend: TestBackend) async throws {
        try await withScriptedServer(Self.challenge) { server in
            let error = await connectError(server.url, backend) {
                $0.authentication = .provider { _ in throw VaultError(attempt: 7) }
            }
            #expect(error?.code == .authenticationFailed && error?.server == server.url)
            #expect(error?.underlying as? VaultError == VaultError(attempt: 7))
        }
    }

    @Test("an error of ours that it throws is kept whole", arguments: TestBackend.available)
    func natsErrorOfTheProvider(backend: TestBackend) async throws {
        try await withScriptedServer(Self.challenge) { server in
            let error = await connectError(server.url, backend) {
                $0.authentication = .provider { _ in throw NATSError(.timedOut, "the vault is slow", subject: "vault") }
            }
            let cause = error?.underlying as? NATSError
            #expect(cause?.code == .timedOut && cause?.subject == "vault")
            // Said once.
            #expect(error?.description.components(separatedBy: "the vault is slow") == 2)
        }
    }

    @Test("it is asked in every attempt, and each failure is told with its own error", arguments: TestBackend.available)
    func everyAttempt(backend: TestBackend) async throws {
        let vault = Vault()
        let gate = ScriptGate()
        try await withScriptedServer(
            Self.accepts + [.hold(until: gate), .close], Self.challenge, Self.challenge, Self.accepts
        ) { server in
            let change: (inout ConnectOptions) -> Void = {
                $0.authentication = .provider { _ in
                    let attempt = vault.next()
                    guard attempt == 1 || attempt == 4 else { throw VaultError(attempt: attempt) }
                    return .user("ann", password: "\(attempt)")
                }
            }
            try await withClient(server, backend, options: change) { nats in
                let events = EventLog(nats)
                gate.open()
                for attempt in 2...3 {
                    let error = try await events.next { if case .attemptFailed(let error) = $0 { error } else { nil } }
                    #expect(error.underlying as? VaultError == VaultError(attempt: attempt))
                }
                try await events.reconnected()
                #expect(server.connections.last?.text.contains(#""pass":"4""#) == true)
                #expect((nats.lastError?.underlying as? VaultError)?.attempt == 3)
            }
        }
    }

    @Test("it is cancelled when the connect is", arguments: TestBackend.available)
    func cancelled(backend: TestBackend) async throws {
        let wasAsked = Vault()
        let wasCancelled = Vault()
        let options = backend.options {
            $0.connectTimeout = .seconds(3_600)
            $0.authentication = .provider { _ in
                _ = wasAsked.next()
                defer { if Task.isCancelled { _ = wasCancelled.next() } }
                try await Task.sleep(for: .seconds(3_600))
                return .none
            }
        }
        try await withScriptedServer(Self.challenge) { server in
            let url = server.url
            let connecting = Task { try await NATS.connect(url, options: options) }
            try await eventually("the provider is asked") { wasAsked.count == 1 }
            connecting.cancel()
            await #expect(throws: CancellationError.self) { try await connecting.value }
            try await eventually("the provider was cancelled") { wasCancelled.count == 1 }
        }
    }
}

extension String {
    /// How many parts `separator` makes of the text.
    fileprivate func components(separatedBy separator: String) -> Int {
        var count = 1
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
