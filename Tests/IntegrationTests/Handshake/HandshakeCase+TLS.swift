import NATSClient
import TestSupport

extension HandshakeCase {
    /// All with clients that trust the tests' authority.
    static var encrypted: [HandshakeCase] {
        get throws { try agreedTLS + refusedTLS + strangeTLS }
    }

    private static var agreedTLS: [HandshakeCase] {
        get throws {
            let certificates = try TestCertificates.shared.get()
            let server = NATSServerOptions.TLS(certificates.server)
            let first = with(server) { $0.handshakeFirst = .always }
            let mutual = with(server) { $0.clientAuthority = certificates.authority }
            return [
                tls("TLS that the server requires", .server(options(server)), good: server, fails: nil),
                tls("TLS before the first word", .server(options(first)), good: first, fails: nil).with {
                    $0.change = trusting { $0.handshakeFirst = true }
                },
                tls("certificates on both sides", .server(options(mutual)), good: mutual, fails: nil).with {
                    $0.change = trusting {
                        $0.certificateChain = .file(certificates.client.certificate)
                        $0.privateKey = .file(certificates.client.key)
                    }
                },
            ]
        }
    }

    private static var refusedTLS: [HandshakeCase] {
        get throws {
            let certificates = try TestCertificates.shared.get()
            let good = NATSServerOptions.TLS(certificates.server)
            let mutual = with(good) { $0.clientAuthority = certificates.authority }
            func identity(_ identity: TestCertificates.Identity) -> Peer { .server(options(.init(identity))) }
            return [
                tls("a server without the TLS that we require", .server(.init()), good: good, fails: .configuration),
                tls("a server that we required TLS of, with a scheme", .server(.init()), good: good, fails: .configuration)
                    .with { $0.scheme = "tls" },
                tls("an authority that nobody trusts", identity(certificates.stranger), good: good, fails: .tlsFailed),
                tls("a certificate for another name", identity(certificates.elsewhere), good: good, fails: .tlsFailed),
                tls("a certificate that is past its time", identity(certificates.expired), good: good, fails: .tlsFailed),
                tls("no certificate where one is needed", .server(options(mutual)), good: good, fails: .tlsFailed),
            ]
        }
    }

    private static var strangeTLS: [HandshakeCase] {
        get throws {
            let certificates = try TestCertificates.shared.get()
            let good = NATSServerOptions.TLS(certificates.server)
            let first = with(good) { $0.handshakeFirst = .always }
            let info = ScriptedServer.info(extraFields: #""tls_required":true"#)
            let short: @Sendable (inout ConnectOptions) -> Void = { $0.connectTimeout = .milliseconds(500) }
            return [
                tls(
                    "words in the clear behind INFO", .scripted([.send(info + "+OK\r\n"), .stall]), good: good,
                    fails: .tlsFailed),
                tls(
                    "garbage instead of TLS", .scripted([.send(info), .send([0, 1, 2, 3, 4, 5, 6, 7])]), good: good,
                    fails: .tlsFailed),
                tls("the end instead of TLS", .scripted([.send(info), .close]), good: good, fails: .tlsFailed),
                tls("silence instead of TLS", .scripted([.send(info), .stall]), good: good, fails: .timedOut).with {
                    let trusting = $0.change
                    $0.change = {
                        trusting(&$0); short(&$0)
                    }
                },
                tls("a server that waits for TLS", .server(options(first)), good: good, fails: .timedOut).with {
                    let trusting = $0.change
                    $0.change = {
                        trusting(&$0); short(&$0)
                    }
                    $0.text = "handshake_first"
                },
                tls("a server that speaks before TLS", .server(options(good)), good: first, fails: .tlsFailed).with {
                    $0.change = trusting { $0.handshakeFirst = true }
                    $0.text = "speaks first"
                },
            ]
        }
    }

    private static func tls(
        _ description: String, _ peer: Peer, good: NATSServerOptions.TLS, fails code: NATSError.Code?
    ) -> HandshakeCase {
        HandshakeCase(description, peer, fails: code).with {
            $0.good = options(good)
            $0.change = trusting()
        }
    }

    static func trusting(
        _ change: @escaping @Sendable (inout TLSConfiguration) -> Void = { _ in }
    ) -> @Sendable (inout ConnectOptions) -> Void {
        { options in
            guard let certificates = try? TestCertificates.shared.get() else { return }
            var tls = TLSConfiguration(trustRoots: .file(certificates.authority.certificate))
            change(&tls)
            options.tls = tls
        }
    }

    private static func options(_ tls: NATSServerOptions.TLS) -> NATSServerOptions { .with { $0.tls = tls } }

    private static func with(
        _ tls: NATSServerOptions.TLS, _ change: (inout NATSServerOptions.TLS) -> Void
    ) -> NATSServerOptions.TLS {
        var tls = tls
        change(&tls)
        return tls
    }
}
