// How a connection is made, and what OpenSSL calls while it handshakes. Unsafe invariant: the owner of an SSL is the
// `TLSMemory` of the engine that owns the SSL, which lives longer.
internal import COpenSSL

extension TLSEngine {
    static func makeConnection(
        _ context: TLSContext, serverName: String, _ role: Role, _ memory: UnsafeMutablePointer<TLSMemory>
    ) throws(TLSError) -> OpaquePointer {
        OpenSSLErrors.clear()
        guard let ssl = unsafe SSL_new(context.pointer) else {
            throw TLSContext.failure(.unavailable, "OpenSSL can't make a TLS connection")
        }
        do throws(TLSError) {
            guard let bio = unsafe FlatBIO.make(memory) else {
                throw TLSContext.failure(.unavailable, "OpenSSL can't make a BIO")
            }
            // One reference for both directions.
            unsafe SSL_set_bio(ssl, bio, bio)
            unsafe copenssl_set_owner(ssl, memory)
            if case .server = role {
                unsafe SSL_set_accept_state(ssl)
            } else {
                unsafe SSL_set_connect_state(ssl)
                try unsafe demand(serverName, of: ssl)
                unsafe context.sessions.offer(key: memory.pointee.sessionKey, to: ssl)
            }
            return unsafe ssl
        } catch {
            unsafe SSL_free(ssl)
            throw error
        }
    }

    /// SNI, and what the certificate must be made out to.
    private static func demand(_ name: String, of ssl: OpaquePointer) throws(TLSError) {
        let parameters = unsafe SSL_get0_param(ssl)
        if TLSName.isAddress(name) {
            guard unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 else {
                throw TLSContext.failure(.unavailable, "OpenSSL doesn't take the address \(name)")
            }
            return
        }
        // The subject's common name doesn't count (RFC 6125, section 6.4.4; neither for Go).
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        guard TLSName.isPlausible(name), unsafe X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1,
            unsafe copenssl_set_server_name(ssl, name) == 1
        else { throw TLSContext.failure(.unavailable, "“\(name)” can't be a server's name") }
    }
}

// MARK: - OpenSSL's callbacks

extension TLSEngine {
    /// A session that can be resumed. 1: the reference is ours now.
    static func keepSession(_ ssl: OpaquePointer?, _ session: OpaquePointer?) -> Int32 {
        guard let ssl = unsafe ssl, let session = unsafe session,
            let memory = unsafe copenssl_owner(ssl)?.assumingMemoryBound(to: TLSMemory.self),
            let sessions = unsafe memory.pointee.sessions
        else { return 0 }
        unsafe sessions.store(session, key: memory.pointee.sessionKey)
        return 1
    }

    /// Notes the first objection to a certificate; doesn't change the verdict.
    static func noteVerification(_ isAccepted: Int32, _ store: OpaquePointer?) -> Int32 {
        guard isAccepted == 0, let store = unsafe store,
            let memory = unsafe copenssl_owner_of_store(store)?.assumingMemoryBound(to: TLSMemory.self),
            unsafe memory.pointee.rejection == nil
        else { return isAccepted }
        let certificate = unsafe X509_STORE_CTX_get_current_cert(store)
        unsafe memory.pointee.rejection = CertificateRejection(
            reason: X509_STORE_CTX_get_error(store),
            certificate: certificate.map { unsafe X509Certificate.summary(of: $0) })
        return isAccepted
    }
}
