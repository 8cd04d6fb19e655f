/// Certificates of every kind that a test of TLS needs, made once per process by the `openssl` command.
///
/// All keys are P-256 and live in a folder that is removed with the last user.
package final class TestCertificates: Sendable {
    /// A certificate and its key, as files.
    package struct Identity: Sendable {
        package let certificate: String
        package let key: String
    }

    /// Made at the first use.
    package static let shared: Result<TestCertificates, any Error> = Result { try TestCertificates() }

    /// The authority that has signed all but `stranger`.
    package let authority: Identity
    /// An authority that nobody trusts, and a server's certificate of it.
    package let otherAuthority: Identity
    package let stranger: Identity
    /// For `localhost`, `127.0.0.1` and `::1`.
    package let server: Identity
    /// For `localhost`, and not for its addresses.
    package let named: Identity
    /// For `elsewhere.test` only.
    package let elsewhere: Identity
    /// For nobody: `localhost` stands in its common name only.
    package let nameless: Identity
    /// For `localhost`, until yesterday.
    package let expired: Identity
    /// A client's, with the common name `client-1`.
    package let client: Identity
    /// The same certificate; its key is encrypted with ``passphrase``.
    package let encryptedClient: Identity
    package let passphrase = "correct horse"

    private let folder: TemporaryFolder

    private init() throws {
        let maker = try CertificateMaker()
        folder = maker.folder
        authority = try maker.makeAuthority("authority")
        otherAuthority = try maker.makeAuthority("other-authority")
        let local = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
        server = try maker.makeIdentity("server", by: authority, extension: local)
        stranger = try maker.makeIdentity("stranger", by: otherAuthority, extension: local)
        named = try maker.makeIdentity("named", by: authority, extension: "subjectAltName=DNS:localhost")
        elsewhere = try maker.makeIdentity("elsewhere", by: authority, extension: "subjectAltName=DNS:elsewhere.test")
        nameless = try maker.makeIdentity("nameless", commonName: "localhost", by: authority, extension: nil)
        expired = try maker.makeIdentity("expired", by: authority, extension: local, days: -1)
        client = try maker.makeIdentity(
            "client", commonName: "client-1", by: authority, extension: "extendedKeyUsage=clientAuth")
        encryptedClient = Identity(
            certificate: client.certificate, key: try maker.encrypt(client.key, passphrase: passphrase))
    }

    /// A path for one more file, in the same folder.
    package func file(_ name: String) -> String { folder.file(name) }
    /// For a process that ends without ending its global objects.
    package func removeFiles() { folder.remove() }
    package func text(of path: String) -> String { folder.text(of: String(path.dropFirst(folder.path.count + 1))) }
}

/// Calls `openssl`.
private struct CertificateMaker {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: [String]) throws {
        let output = try CommandOutput.of("/usr/bin/env", ["openssl"] + arguments)
        guard output.isSuccess else { throw CertificateError(command: arguments, output: output.text) }
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    func makeAuthority(_ name: String) throws -> TestCertificates.Identity {
        let identity = identity(name)
        try run(
            ["req", "-x509"] + Self.newKey + [
                "-days", "30", "-subj", "/O=swift-nats tests/CN=\(name)", "-keyout", identity.key, "-out",
                identity.certificate, "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign",
            ])
        return identity
    }

    func makeIdentity(
        _ name: String, commonName: String? = nil, by authority: TestCertificates.Identity, extension text: String?,
        days: Int = 30
    ) throws -> TestCertificates.Identity {
        let identity = identity(name)
        let request = folder.file(name + ".csr")
        try run(
            ["req"] + Self.newKey + [
                "-subj", "/O=swift-nats tests/CN=\(commonName ?? name)", "-keyout", identity.key, "-out", request,
            ] + (text.map { ["-addext", $0] } ?? []))
        try run([
            "x509", "-req", "-in", request, "-CA", authority.certificate, "-CAkey", authority.key, "-CAcreateserial",
            "-days", "\(days)", "-copy_extensions", "copy", "-out", identity.certificate,
        ])
        return identity
    }

    func encrypt(_ key: String, passphrase: String) throws -> String {
        try run(["pkey", "-in", key, "-aes256", "-passout", "pass:" + passphrase, "-out", key + ".encrypted"])
        return key + ".encrypted"
    }

    private func identity(_ name: String) -> TestCertificates.Identity {
        TestCertificates.Identity(certificate: folder.file(name + ".pem"), key: folder.file(name + ".key"))
    }
}

private struct CertificateError: Error, CustomStringConvertible {
    let command: [String]
    let output: String
    var description: String { "openssl \(command.joined(separator: " ")): \(output)" }
}
