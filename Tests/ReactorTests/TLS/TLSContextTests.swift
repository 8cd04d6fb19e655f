import Reactor
import TestSupport
import Testing

@Suite struct TLSContextTests {
    private func failure(_ configuration: TLSConfiguration) -> TLSError? {
        do throws(TLSError) {
            _ = try TLSContext(configuration)
            return nil
        } catch {
            return error
        }
    }

    private func configuration(
        _ change: (inout TLSConfiguration, TestCertificates) throws -> Void
    ) throws -> TLSConfiguration {
        let certificates = try Contexts.certificates
        var configuration = TLSConfiguration(
            trustRoots: .file(certificates.authority.certificate), certificateChain: .file(certificates.client.certificate),
            privateKey: .file(certificates.client.key))
        try change(&configuration, certificates)
        return configuration
    }

    @Test("a file that isn't there is named")
    func missingFile() throws {
        for part in 0..<3 {
            let error = failure(
                try configuration { configuration, _ in
                    switch part {
                    case 0: configuration.trustRoots = .file("/nowhere/a.pem")
                    case 1: configuration.certificateChain = .file("/nowhere/a.pem")
                    default: configuration.privateKey = .file("/nowhere/a.pem")
                    }
                })
            #expect(error?.code == .fileUnreadable)
            #expect(error?.file == "/nowhere/a.pem")
            #expect(error?.underlying == SystemError(operation: "open", errno: 2))
        }
    }

    @Test("a folder is no file")
    func folder() throws {
        let error = failure(TLSConfiguration(trustRoots: .file("/tmp")))
        #expect(error?.code == .fileUnreadable)
        #expect(error?.underlying?.operation == "read")
    }

    @Test("files without certificates are refused")
    func noCertificates() throws {
        #expect(failure(TLSConfiguration(trustRoots: .bytes([])))?.code == .invalidCertificate)
        #expect(failure(TLSConfiguration(trustRoots: .bytes(Array("hello".utf8))))?.code == .invalidCertificate)
        let keyAsRoot = failure(try configuration { $0.trustRoots = .file($1.client.key) })
        #expect(keyAsRoot?.code == .invalidCertificate)
        #expect(keyAsRoot?.file == (try Contexts.certificates.client.key))
    }

    @Test("a damaged certificate is refused, even behind a good one")
    func damagedCertificate() throws {
        let certificates = try Contexts.certificates
        let good = certificates.text(of: certificates.authority.certificate)
        let damaged = good.replacing("MII", with: "MIA")
        #expect(failure(TLSConfiguration(trustRoots: .bytes(Array((good + damaged).utf8))))?.code == .invalidCertificate)
        #expect(failure(TLSConfiguration(trustRoots: .bytes(Array((good + good).utf8)))) == nil)
    }

    @Test("a key in memory works like one in a file")
    func memory() throws {
        let certificates = try Contexts.certificates
        let identity = certificates.client
        let configuration = try configuration { configuration, certificates in
            configuration.trustRoots = .bytes(Array(certificates.text(of: certificates.authority.certificate).utf8))
            configuration.certificateChain = .bytes(Array(certificates.text(of: identity.certificate).utf8))
            configuration.privateKey = .bytes(Array(certificates.text(of: identity.key).utf8))
        }
        var pair = try EnginePair(TLSContext(configuration), Contexts.server(requiresClientCertificate: true))
        pair.run()
        #expect(pair.serverLog.isEstablished)
    }

    @Test("a key of another certificate is refused, and both are named")
    func mismatch() throws {
        let error = try #require(failure(try configuration { $0.privateKey = .file($1.server.key) }))
        #expect(error.code == .keyMismatch)
        #expect(error.message.contains("server.key") && error.message.contains("client.pem"))
        #expect(error.certificate?.subject == "CN=client-1, O=swift-nats tests")
    }

    @Test("a certificate without a key, or a key without a certificate, is refused")
    func half() throws {
        #expect(failure(try configuration { configuration, _ in configuration.privateKey = nil })?.code == .keyMismatch)
        #expect(failure(try configuration { configuration, _ in configuration.certificateChain = nil })?.code == .keyMismatch)
    }

    @Test("an encrypted key needs its passphrase")
    func encryptedKey() throws {
        let certificates = try Contexts.certificates
        let (path, passphrase) = (certificates.encryptedClient.key, certificates.passphrase)
        func outcome(_ key: TLSConfiguration.PrivateKey) throws -> TLSError? {
            failure(try configuration { configuration, _ in configuration.privateKey = key })
        }
        #expect(try outcome(.file(path, passphrase: passphrase)) == nil)
        #expect(try outcome(.file(path, passphrase: { passphrase })) == nil)
        #expect(try outcome(.bytes(Array(certificates.text(of: path).utf8), passphrase: passphrase)) == nil)
        let wrong = try #require(try outcome(.file(path, passphrase: "no horse")))
        #expect(wrong.code == .wrongPassphrase && wrong.file == path)
        #expect(!wrong.description.contains("no horse"))
        let long = try outcome(.file(path, passphrase: String(repeating: "x", count: 5000)))
        #expect(long?.code == .wrongPassphrase && long?.message.contains("too long") == true)
        #expect(try outcome(.file(path, passphrase: ""))?.code == .wrongPassphrase)
        #expect(try outcome(.file(path))?.code == .passphraseRequired)
        struct VaultIsClosed: Error {}
        let failed = try outcome(.file(path, passphrase: { throw VaultIsClosed() }))
        #expect(failed?.code == .wrongPassphrase)
        #expect(failed?.message.contains("VaultIsClosed") == true)
    }

    @Test("a file without a key is refused")
    func noKey() throws {
        #expect(failure(try configuration { $0.privateKey = .file($1.client.certificate) })?.code == .invalidKey)
    }

    @Test("nothing secret is described")
    func describesNoSecret() throws {
        let configuration = TLSConfiguration(
            privateKey: .bytes(Array("SECRET-KEY".utf8), passphrase: "SECRET-PASSPHRASE"))
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("SECRET"))
            #expect(!text.contains("83, 69, 67"))
        }
    }
}
