// The settings that connections share. Unsafe invariant: `pointer` is a context that this object alone owns and frees, and that
// nothing changes after `init`; OpenSSL lets any thread make connections from it then.
internal import COpenSSL

/// What a configuration became when its files were read: certificates, key and rules, ready for any number of connections, and
/// the sessions that those can resume.
///
/// Reads files and parses certificates: make it off the loop's thread. Immutable, and Sendable although unchecked for that:
/// OpenSSL counts the references to a context atomically and locks what it changes inside.
@safe package final class TLSContext: @unchecked Sendable {
    package let configuration: TLSConfiguration
    let pointer: OpaquePointer
    let sessions = TLSSessionCache()
    private let fingerprint: [UInt8]

    /// Reads the files of the configuration. Throws which of them can't be used, and why.
    package convenience init(_ configuration: TLSConfiguration) throws(TLSError) {
        try self.init(configuration, material: TLSMaterial(configuration), isServer: false)
    }

    /// Reads the files again. The same object when none has changed, so that its sessions can still be resumed; else a new one
    /// without sessions: what was trusted then may not be trusted now.
    package func reloaded() throws(TLSError) -> TLSContext {
        let material = try TLSMaterial(configuration)
        if try material.fingerprint() == fingerprint { return self }
        return try TLSContext(configuration, material: material, isServer: false)
    }

    init(_ configuration: TLSConfiguration, material: consuming TLSMaterial, isServer: Bool) throws(TLSError) {
        OpenSSLLibrary.prepare()
        OpenSSLErrors.clear()
        fingerprint = try material.fingerprint()
        guard let made = unsafe SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
            throw Self.failure(.unavailable, "OpenSSL can't make a TLS context")
        }
        // From here on `deinit` frees it, also when the rest throws.
        self.configuration = configuration
        unsafe pointer = made
        try applyRules()
        if configuration.verification == .full { try loadRoots(material.roots) }
        try loadIdentity(chain: material.chain, key: material.key)
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    static func failure(_ code: TLSError.Code, _ message: String, file: String? = nil) -> TLSError {
        let errors = OpenSSLErrors.drain()
        return TLSError(code, message).with {
            $0.details = errors.texts
            $0.file = file
        }
    }

    private func applyRules() throws(TLSError) {
        let version = configuration.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        guard unsafe copenssl_set_minimum_version(pointer, version) == 1 else {
            throw Self.failure(.unavailable, "OpenSSL's configuration forbids \(configuration.minimumVersion)")
        }
        unsafe SSL_CTX_set_options(pointer, copenssl_no_renegotiation | copenssl_no_compression)
        unsafe copenssl_use_own_session_cache(pointer)
        unsafe SSL_CTX_sess_set_new_cb(pointer) { ssl, session in
            unsafe TLSEngine.keepSession(ssl, session)
        }
        guard configuration.verification == .full else {
            return unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
        }
        unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER) { isAccepted, store in
            unsafe TLSEngine.noteVerification(isAccepted, store)
        }
    }
}
