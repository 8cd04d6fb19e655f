@testable import NATSClient
import NATSProtocol
import Synchronization
import TestSupport
import Testing

/// What CONNECT says for credentials, against servers that play their part.
@Suite("Credentials in CONNECT", .timeLimit(.minutes(2))) struct ClientCredentialsTests {
    private static let key = Result { try NKey.generate(.user) }

    private static func makeJWT(name: String) throws -> String {
        let claims = #"{"sub":"\#(try key.get().publicKey)","name":"\#(name)"}"#
        let parts = [#"{"typ":"JWT","alg":"ed25519-nkey"}"#, claims, "signature"]
        return parts.map { Base64.encode($0.utf8Span.span, .url) }.joined(separator: ".")
    }

    private static func makeText(jwt: String) throws -> String {
        let seed = try #require(try key.get().withSeedText { String(repairing: $0) })
        return """
            -----BEGIN NATS USER JWT-----
            \(jwt)
            ------END NATS USER JWT------
            -----BEGIN USER NKEY SEED-----
            \(seed)
            ------END USER NKEY SEED------

            """
    }

    private static func handshake(nonce: String?) -> [ScriptStep] {
        let field = nonce.map { #""nonce":"\#($0)","auth_required":true"# } ?? #""auth_required":true"#
        return [.send(ScriptedServer.info(extraFields: field))] + .expectConnectAndPing + [.send("PONG\r\n")]
    }

    /// A field of CONNECT that is a text.
    private func field(_ name: String, _ connection: ScriptedServer.ConnectionRecord) throws -> String? {
        let line = try #require(connection.text.split(separator: "\r\n").first)
        let json = Array(line.utf8.dropFirst("CONNECT ".utf8.count))
        var reader = JSONReader(json.span)
        var value: String?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.string == name { value = try reader.readString() } else { try reader.skipValue() }
        }
        return value
    }

    private func expectSignature(of nonce: String, by key: NKey, _ connection: ScriptedServer.ConnectionRecord) throws {
        let text = try #require(try field("sig", connection))
        let decoded = Base64.decode(text.utf8Span.span, .url)
        let signature = try #require(decoded)
        let isValid = key.isValid(signature: signature.span, of: nonce.utf8Span.span)
        #expect(isValid)
    }

    @Test("a .creds file gives JWT and signature, and is read again for every connection", arguments: TestBackend.available)
    func credentialsFile(backend: TestBackend) async throws {
        let folder = try TemporaryFolder()
        let (first, second) = (try Self.makeJWT(name: "first"), try Self.makeJWT(name: "second"))
        try folder.write(Self.makeText(jwt: first), to: "user.creds")
        let gate = ScriptGate()
        try await withScriptedServer(
            Self.handshake(nonce: "nonce-1") + [.hold(until: gate), .close], Self.handshake(nonce: "nonce-2")
        ) { server in
            let path = folder.file("user.creds")
            try await withClient(server, backend, options: { $0.authentication = .credentials(file: path) }) { nats in
                let events = EventLog(nats)
                try folder.write(Self.makeText(jwt: second), to: "user.creds")
                gate.open()
                try await events.reconnected()
            }
            let connections = server.connections
            try #require(connections.count == 2)
            #expect(try field("jwt", connections[0]) == first)
            #expect(try field("jwt", connections[1]) == second)
            try expectSignature(of: "nonce-1", by: Self.key.get(), connections[0])
            try expectSignature(of: "nonce-2", by: Self.key.get(), connections[1])
        }
    }

    @Test("without a nonce the JWT is sent alone, and an NKey can't be used", arguments: TestBackend.available)
    func noNonce(backend: TestBackend) async throws {
        let jwt = try Self.makeJWT(name: "n")
        let text = try Self.makeText(jwt: jwt)
        try await withScriptedServer(Self.handshake(nonce: nil)) { server in
            try await withClient(server, backend, options: { $0.authentication = .credentials(text: text) }) { _ in }
            let connection = try #require(server.connections.first)
            #expect(try field("jwt", connection) == jwt)
            #expect(try field("sig", connection) == nil)
        }
        let key = try Self.key.get()
        try await withScriptedServer([.send(ScriptedServer.info(extraFields: #""auth_required":true"#)), .awaitClientClose]) {
            let error = await connectError($0.url, backend) { $0.authentication = .nkey(key) }
            #expect(error?.code == .authenticationFailed && error?.message.contains("no nonce") == true)
            #expect($0.connections.first?.text.isEmpty == true)
        }
    }

    @Test("credentials that can't be read fail the attempt with the path, and nothing is sent", arguments: TestBackend.available)
    func unreadableFile(backend: TestBackend) async throws {
        let folder = try TemporaryFolder()
        try folder.write("SECRET", to: "bad.creds")
        for name in ["missing.creds", "bad.creds"] {
            try await withScriptedServer([.send(ScriptedServer.info(extraFields: #""nonce":"n""#)), .awaitClientClose]) {
                let error = await connectError($0.url, backend) { $0.authentication = .credentials(file: folder.file(name)) }
                #expect(error?.code == .authenticationFailed)
                #expect(error?.message.contains(name) == true && error?.message.contains("SECRET") == false)
                #expect($0.connections.first?.text.isEmpty == true)
            }
        }
    }

    @Test("a provider that doesn't answer is cancelled at the attempt's deadline", arguments: TestBackend.available)
    func providerIsCancelled(backend: TestBackend) async throws {
        let wasCancelled = Mutex(false)
        try await withScriptedServer([.send(ScriptedServer.info(extraFields: #""nonce":"n""#)), .awaitClientClose]) {
            let error = await connectError($0.url, backend) {
                $0.connectTimeout = .milliseconds(200) * Patience.factor
                $0.authentication = .provider { _ in
                    defer { wasCancelled.withLock { $0 = Task.isCancelled } }
                    try await Task.sleep(for: .seconds(3600))
                    return .none
                }
            }
            #expect(error?.code == .timedOut)
        }
        try await eventually("the provider was cancelled") { wasCancelled.withLock { $0 } }
    }

    @Test("a provider that answers with a provider is refused", arguments: TestBackend.available)
    func nestedProvider(backend: TestBackend) async throws {
        try await withScriptedServer([.send(ScriptedServer.defaultINFO), .awaitClientClose]) {
            let error = await connectError($0.url, backend) {
                $0.authentication = .provider { _ in .provider { _ in .none } }
            }
            #expect(error?.code == .authenticationFailed)
        }
    }
}
