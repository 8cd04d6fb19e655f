import NATSClient
import TestSupport
import Testing

/// Every way in which a client and a real server agree on TLS, or find that they don't.
@Suite(.timeLimit(.minutes(3))) struct TLSModeTests {
    private static func certificates() throws -> TestCertificates { try TestCertificates.shared.get() }

    /// A server with TLS, and clients that trust its authority.
    private static func withTLS(
        _ backend: Backend, _ change: @Sendable (inout NATSServerOptions.TLS) -> Void = { _ in },
        _ body: @escaping @Sendable (Bench, TLSConfiguration) async throws -> Void
    ) async throws {
        let certificates = try certificates()
        var tls = NATSServerOptions.TLS(certificates.server)
        change(&tls)
        let trusting = TLSConfiguration(trustRoots: .file(certificates.authority.certificate))
        try await withBench(backend, .with { [tls] in $0.tls = tls }) { bench in try await body(bench, trusting) }
    }

    private static func expectEcho(_ nats: NATSConnection, _ payload: [UInt8] = pattern(100)) async throws {
        let subscription = try await nats.subscribe("tls.echo")
        try await nats.publish("tls.echo", payload)
        let message = try await subscription.required()
        #expect(message.payload.elementsEqual(payload))
    }

    @Test(arguments: Backend.tested, ["nats://127.0.0.1:", "tls://localhost:"])
    func aServerThatRequiresTLSGetsIt(backend: Backend, prefix: String) async throws {
        try await Self.withTLS(backend) { bench, trusting in
            let nats = try await bench.connect(prefix + "\(bench.server.port)") { $0.tls = trusting }
            #expect(nats.tlsDetails?.version == "TLSv1.3")
            #expect(nats.tlsDetails?.certificate?.subject.contains("CN=server") == true)
            try await Self.expectEcho(nats)
            try await Self.expectEcho(nats, pattern(1_000_000))
        }
    }

    @Test(arguments: Backend.tested)
    func theSystemsRootsDontTrustAServerOfOurOwn(backend: Backend) async throws {
        try await Self.withTLS(backend) { bench, _ in
            let error = await expectError(.tlsFailed) { try await bench.connect(bench.server.url) }
            let reason = try #require(error?.underlying as? TLSError)
            #expect(reason.code == .certificateRejected)
            #expect(reason.certificate?.subject.contains("CN=server") == true)
            #expect(error?.description.contains("CN=server") == true, "\(error as Any)")
        }
    }

    @Test(arguments: Backend.tested)
    func aServerThatLeavesItToUsIsEncryptedWhenWeWant(backend: Backend) async throws {
        try await Self.withTLS(backend, { $0.isOptional = true }) { bench, trusting in
            let encrypted = try await bench.connect { $0.tls = trusting }
            #expect(encrypted.tlsDetails != nil)
            try await Self.expectEcho(encrypted)
            let plain = try await bench.connect()
            #expect(plain.tlsDetails == nil)
        }
    }

    @Test(arguments: Backend.tested, ["nats://127.0.0.1:", "tls://127.0.0.1:"])
    func aServerWithoutTLSIsRefusedWhenWeRequireIt(backend: Backend, prefix: String) async throws {
        let trusting = TLSConfiguration(trustRoots: .file(try Self.certificates().authority.certificate))
        try await withBench(backend) { bench in
            let error = await expectError(.configuration) {
                try await bench.connect(prefix + "\(bench.server.port)") { $0.tls = trusting }
            }
            #expect(error?.message.contains("doesn't offer it") == true)
        }
    }

    @Test(arguments: Backend.tested, [NATSServerOptions.TLS.HandshakeFirst.always, .patient])
    func theHandshakeComesFirst(backend: Backend, mode: NATSServerOptions.TLS.HandshakeFirst) async throws {
        try await Self.withTLS(backend, { $0.handshakeFirst = mode }) { bench, trusting in
            var first = trusting
            first.handshakeFirst = true
            let nats = try await bench.connect { [first] in $0.tls = first }
            #expect(nats.tlsDetails != nil)
            try await Self.expectEcho(nats)
        }
    }

    @Test(arguments: Backend.tested)
    func anAutomaticServerSpeaksToAClientThatWaits(backend: Backend) async throws {
        try await Self.withTLS(backend, { $0.handshakeFirst = .automatic }) { bench, trusting in
            let nats = try await bench.connect { $0.tls = trusting }
            #expect(nats.tlsDetails != nil)
        }
    }

    @Test(arguments: Backend.tested, [true, false])
    func aServerThatSpeaksFirstIsNamedAsSuch(backend: Backend, hasTLS: Bool) async throws {
        let certificates = try Self.certificates()
        let options = NATSServerOptions.with { $0.tls = hasTLS ? .init(certificates.server) : nil }
        try await withBench(backend, options, expectsParseErrors: true) { bench in
            let error = await expectError(.tlsFailed) {
                try await bench.connect {
                    $0.tls = TLSConfiguration(trustRoots: .file(certificates.authority.certificate), handshakeFirst: true)
                }
            }
            #expect(error?.message.contains("the server speaks first: switch tls.handshakeFirst off") == true)
            #expect((error?.underlying as? TLSError)?.receivedInstead.starts(with: Array("INFO ".utf8)) == true)
        }
    }

    @Test(arguments: Backend.tested)
    func aServerThatWaitsForTLSIsSuspected(backend: Backend) async throws {
        try await Self.withTLS(backend, { $0.handshakeFirst = .always }) { bench, trusting in
            let error = await expectError(.timedOut) {
                try await bench.connect {
                    $0.tls = trusting
                    $0.connectTimeout = .seconds(1)
                }
            }
            #expect(error?.message.contains("handshake_first") == true)
        }
    }
}
