import NATSClient
import TestSupport
import Testing

/// Who is whom: certificates of servers and clients, checked by both sides.
@Suite(.timeLimit(.minutes(3))) struct TLSIdentityTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    private var trusting: TLSConfiguration {
        TLSConfiguration(trustRoots: .file(certificates.authority.certificate))
    }

    private func mutual(_ backend: Backend, _ body: @escaping @Sendable (Bench) async throws -> Void) async throws {
        var tls = NATSServerOptions.TLS(certificates.server)
        tls.clientAuthority = certificates.authority
        try await withBench(backend, .with { [tls] in $0.tls = tls }, body)
    }

    @Test(arguments: Backend.tested) func aClientShowsItsCertificate(backend: Backend) async throws {
        var configuration = trusting
        configuration.certificateChain = .file(certificates.client.certificate)
        configuration.privateKey = .file(certificates.client.key)
        try await mutual(backend) { [configuration] bench in
            let nats = try await bench.connect { $0.tls = configuration }
            try await nats.flush()
        }
    }

    @Test(arguments: Backend.tested) func aClientsKeyMayBeEncrypted(backend: Backend) async throws {
        var configuration = trusting
        configuration.certificateChain = .file(certificates.encryptedClient.certificate)
        configuration.privateKey = .file(certificates.encryptedClient.key, passphrase: certificates.passphrase)
        try await mutual(backend) { [configuration] bench in
            let nats = try await bench.connect { $0.tls = configuration }
            try await nats.flush()
        }
    }

    @Test(arguments: Backend.tested) func aClientWithoutACertificateLearnsThatItNeedsOne(backend: Backend) async throws {
        try await mutual(backend) { [trusting] bench in
            let error = await expectError(.tlsFailed) { try await bench.connect { $0.tls = trusting } }
            let reason = try #require(error?.underlying as? TLSError)
            #expect(reason.code == .alertReceived)
            #expect(reason.message.contains("certificate"), "\(reason)")
        }
    }

    @Test(arguments: Backend.tested) func aFileThatCantBeUsedFailsConnectByItsName(backend: Backend) async throws {
        let chain = TLSConfiguration.CertificateChain.file(certificates.client.certificate)
        let absent = certificates.file("absent.pem")
        let broken: [(TLSConfiguration, TLSError.Code, String)] = [
            (TLSConfiguration(trustRoots: .file(absent)), .fileUnreadable, absent),
            (TLSConfiguration(trustRoots: .file(certificates.client.key)), .invalidCertificate, certificates.client.key),
            (
                TLSConfiguration(certificateChain: chain, privateKey: .file(certificates.server.key)), .keyMismatch,
                certificates.server.key
            ),
            (
                TLSConfiguration(certificateChain: chain, privateKey: .file(certificates.encryptedClient.key)),
                .passphraseRequired, certificates.encryptedClient.key
            ),
            (
                TLSConfiguration(
                    certificateChain: chain, privateKey: .file(certificates.encryptedClient.key, passphrase: "wrong")),
                .wrongPassphrase, certificates.encryptedClient.key
            ),
        ]
        try await withEventLoop(backend) { loop in
            for (configuration, code, file) in broken {
                var options = ConnectOptions()
                options.eventLoop = loop
                options.tls = configuration
                // No server is asked: the port isn't even open.
                let error = await expectError(.tlsFailed) { try await NATS.connect("nats://127.0.0.1:1", options: options) }
                #expect((error?.underlying as? TLSError)?.code == code)
                #expect(error?.description.contains(file) == true, "\(error as Any)")
            }
        }
    }

    @Test(arguments: Backend.tested) func aCertificateForOthersIsRefused(backend: Backend) async throws {
        try await withBench(backend, .with { $0.tls = .init(certificates.elsewhere) }) { [trusting] bench in
            for host in ["localhost", "127.0.0.1"] {
                let error = await expectError(.tlsFailed) {
                    try await bench.connect("nats://\(host):\(bench.server.port)") { $0.tls = trusting }
                }
                let reason = try #require(error?.underlying as? TLSError)
                #expect(reason.code == .nameMismatch)
                #expect(reason.message.contains(host) && reason.message.contains("elsewhere.test"), "\(reason)")
            }
            var named = trusting
            named.serverName = "elsewhere.test"
            let nats = try await bench.connect { [named] in $0.tls = named }
            #expect(nats.tlsDetails?.certificate?.names == ["elsewhere.test"])
        }
    }

    @Test(arguments: Backend.tested) func anExpiredCertificateIsRefused(backend: Backend) async throws {
        try await withBench(backend, .with { $0.tls = .init(certificates.expired) }) { [trusting] bench in
            let error = await expectError(.tlsFailed) { try await bench.connect { $0.tls = trusting } }
            let reason = try #require(error?.underlying as? TLSError)
            #expect(reason.code == .certificateRejected)
            #expect(reason.message.contains("expired"), "\(reason)")
        }
    }

    @Test(arguments: Backend.tested) func aNameThatStandsInNoAlternativeNameDoesntCount(backend: Backend) async throws {
        try await withBench(backend, .with { $0.tls = .init(certificates.nameless) }) { [trusting] bench in
            let error = await expectError(.tlsFailed) { try await bench.connect(bench.server.tlsURL) { $0.tls = trusting } }
            #expect((error?.underlying as? TLSError)?.code == .nameMismatch)
        }
    }

    @Test(arguments: Backend.tested) func anOlderVersionThanTheMinimumIsRefused(backend: Backend) async throws {
        var configuration = trusting
        configuration.minimumVersion = .tls13
        configuration.handshakeFirst = true
        try await withOpenSSLServer(certificates.server, arguments: ["-tls1_2"]) { [configuration] port in
            try await withEventLoop(backend) { loop in
                var options = ConnectOptions()
                options.eventLoop = loop
                options.tls = configuration
                await expectError(.tlsFailed) { try await NATS.connect("tls://localhost:\(port)", options: options) }
            }
        }
    }

    @Test(arguments: Backend.tested) func whoAcceptsAnyCertificateGetsAny(backend: Backend) async throws {
        try await withBench(backend, .with { $0.tls = .init(certificates.stranger) }) { [trusting] bench in
            await expectError(.tlsFailed) { try await bench.connect { $0.tls = trusting } }
            var careless = trusting
            careless.verification = .dangerouslyAcceptAnyCertificate
            let nats = try await bench.connect { [careless] in $0.tls = careless }
            #expect(nats.tlsDetails != nil)
        }
    }
}
