@testable import NATSClient
import TestSupport
import Testing

/// TLS with a peer that cheats, or changes its mind.
@Suite(.timeLimit(.minutes(2))) struct TLSFaultTests {
    private static let offer = ScriptedServer.info(extraFields: #""tls_required":true"#)

    /// Trusts nobody in particular: no certificate ever comes.
    private static func requireTLS(_ options: inout ConnectOptions) {
        options.tls = TLSConfiguration(verification: .dangerouslyAcceptAnyCertificate)
    }

    /// Whoever can write to the connection may have put them there, to be taken for words that came under encryption.
    @Test(arguments: TestBackend.available, 0..<3)
    func bytesBehindINFOAreRefused(backend: TestBackend, split: Int) async throws {
        let words = Array((Self.offer + "PING\r\n").utf8)
        // Whole, torn inside INFO, torn inside what is behind it.
        let cut = [words.count, 40, words.count - 2][split]
        let script: [ScriptStep] = [
            .send(Array(words[..<cut])), .drip(Array(words[cut...]), chunkSize: words.count, every: .zero), .awaitClientClose,
        ]
        try await withScriptedServer(script) { server in
            let error = await connectError(server.url, backend, options: Self.requireTLS)
            #expect(error?.code == .tlsFailed)
            let reason = try #require(error?.underlying as? TLSError)
            #expect([.unencryptedBytes, .notTLS, .protocolFailure].contains(reason.code), "\(reason)")
            if split == 0 { #expect(reason.code == .unencryptedBytes) }
            let connection = try #require(server.connections.first)
            #expect(!connection.text.contains("CONNECT"))
        }
    }

    @Test(arguments: TestBackend.available)
    func nothingIsSaidToAServerWithoutTheTLSThatWeRequire(backend: TestBackend) async throws {
        try await withScriptedServer([.send(ScriptedServer.defaultINFO), .awaitClientClose]) { server in
            let error = await connectError(server.url, backend) {
                Self.requireTLS(&$0)
                $0.authentication = .token("s3cr3t")
            }
            #expect(error?.code == .configuration)
            try await server.finish()
            let connection = try #require(server.connections.first)
            #expect(connection.received.isEmpty)
        }
    }

    @Test(arguments: TestBackend.available) func anEndDuringTheHandshakeIsSaid(backend: TestBackend) async throws {
        for ending in [ScriptStep.close, .reset] {
            try await withScriptedServer([.send(Self.offer), .expect("a ClientHello") { _ in true }, ending]) { server in
                let error = await connectError(server.url, backend, options: Self.requireTLS)
                #expect(error?.code == .tlsFailed)
                #expect(error?.message.contains("TLS failed") == true, "\(error as Any)")
            }
        }
    }

    @Test(arguments: TestBackend.available) func aHandshakeThatDoesntGoOnTimesOutByItsName(backend: TestBackend) async throws {
        try await withScriptedServer([.send(Self.offer), .awaitClientClose]) { server in
            let error = await connectError(server.url, backend) {
                Self.requireTLS(&$0)
                $0.connectTimeout = .seconds(1)
            }
            #expect(error?.code == .timedOut)
            #expect(error?.message.contains("the TLS handshake") == true, "\(error as Any)")
        }
    }
}
