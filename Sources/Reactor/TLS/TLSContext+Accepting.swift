// The server's side, for tests. Unsafe invariant: certificates are freed here after OpenSSL has taken its own references.
internal import COpenSSL

extension TLSContext {
    /// The context of a server, so that tests can meet both sides of a handshake. `trustRoots` are whom it trusts as clients.
    package static func forTesting(
        server configuration: TLSConfiguration, requiresClientCertificate: Bool = false,
        maximumVersion: TLSConfiguration.ProtocolVersion = .tls13
    ) throws(TLSError) -> TLSContext {
        var own = configuration
        if !requiresClientCertificate { own.verification = .dangerouslyAcceptAnyCertificate }
        let context = try TLSContext(own, material: TLSMaterial(own), isServer: true)
        if maximumVersion == .tls12 { unsafe copenssl_set_maximum_version(context.pointer, TLS1_2_VERSION) }
        unsafe SSL_CTX_set_session_id_context(context.pointer, "tests", 5)
        if requiresClientCertificate {
            unsafe SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT) { isAccepted, store in
                unsafe TLSEngine.noteVerification(isAccepted, store)
            }
        }
        return context
    }
}
