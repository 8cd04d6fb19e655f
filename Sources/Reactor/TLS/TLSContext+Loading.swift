// Certificates and keys become OpenSSL's. Unsafe invariant: a memory BIO reads bytes that live until it is freed; what OpenSSL
// returns is owned here until it is handed over or freed.
internal import COpenSSL

extension TLSContext {
    /// Trusts these certificates; nil: those of the system.
    func loadRoots(_ roots: TLSMaterial.Item?) throws(TLSError) {
        guard let roots else {
            guard unsafe SSL_CTX_set_default_verify_paths(pointer) == 1 else {
                throw Self.failure(.unavailable, "the system's trust roots can't be loaded")
            }
            return
        }
        for certificate in try Self.certificates(roots, purpose: "trust roots") {
            unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(pointer), certificate.pointer)
        }
        OpenSSLErrors.clear()
    }

    /// The certificate that this side shows, and its key.
    func loadIdentity(chain: TLSMaterial.Item?, key: TLSMaterial.Item?) throws(TLSError) {
        guard let chain else {
            guard let key else { return }
            throw Self.failure(
                .keyMismatch, "there is a private key (\(key.name)), but no certificate for it", file: key.file)
        }
        guard let key else {
            throw Self.failure(
                .keyMismatch, "there is a certificate (\(chain.name)), but no private key for it", file: chain.file)
        }
        let summary = try loadChain(chain)
        let made = try unsafe readKey(key)
        defer { unsafe EVP_PKEY_free(made) }
        guard unsafe SSL_CTX_use_PrivateKey(pointer, made) == 1, unsafe SSL_CTX_check_private_key(pointer) == 1 else {
            let message = "the private key (\(key.name)) doesn't belong to the certificate (\(chain.name))"
            throw Self.failure(.keyMismatch, message, file: key.file).with { $0.certificate = summary }
        }
    }

    /// The first is ours, the rest leads to a root.
    private func loadChain(_ chain: TLSMaterial.Item) throws(TLSError) -> TLSCertificateSummary? {
        let certificates = try Self.certificates(chain, purpose: "certificate chain")
        guard let own = certificates.first else { return nil }
        let summary = own.summary
        guard unsafe SSL_CTX_use_certificate(pointer, own.pointer) == 1 else {
            // OpenSSL refuses keys and signatures that are too weak for its security level.
            throw Self.failure(.invalidCertificate, "the certificate (\(chain.name)) can't be used", file: chain.file)
                .with { $0.certificate = summary }
        }
        for certificate in certificates.dropFirst() {
            guard unsafe copenssl_add_chain_certificate(pointer, certificate.pointer) == 1 else {
                throw Self.failure(.invalidCertificate, "an intermediate of \(chain.name) can't be used", file: chain.file)
                    .with { $0.certificate = certificate.summary }
            }
        }
        return summary
    }

    /// All certificates of a PEM text, at least one.
    static func certificates(_ item: TLSMaterial.Item, purpose: String) throws(TLSError) -> [X509Certificate] {
        OpenSSLErrors.clear()
        var found: [X509Certificate] = []
        let isWhole = unsafe withMemoryBIO(item.bytes) { bio in
            while let certificate = unsafe PEM_read_bio_X509_AUX(bio, nil, nil, nil) {
                found.append(unsafe X509Certificate(owning: certificate))
            }
            // The only good end is that there is no further one.
            let last = ERR_peek_last_error()
            return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE
        }
        if isWhole, !found.isEmpty {
            OpenSSLErrors.clear()
            return found
        }
        let problem = isWhole ? "no certificate in PEM" : "a certificate that can't be read"
        throw failure(.invalidCertificate, "the \(purpose) (\(item.name)) has \(problem)", file: item.file)
    }

    /// The caller frees it.
    private func readKey(_ item: TLSMaterial.Item) throws(TLSError) -> OpaquePointer {
        OpenSSLErrors.clear()
        var request = PassphraseRequest(provider: configuration.privateKey?.passphrase)
        let key = unsafe withUnsafeMutablePointer(to: &request) { request in
            unsafe Self.withMemoryBIO(item.bytes) { bio in
                unsafe PEM_read_bio_PrivateKey(
                    bio, nil,
                    { buffer, capacity, _, request in unsafe PassphraseRequest.answer(buffer, capacity, request) }, request)
            }
        }
        if let key = unsafe key { return unsafe key }
        switch request.outcome {
        case .notAsked:
            throw Self.failure(.invalidKey, "there is no private key in PEM in \(item.name)", file: item.file)
        case .hasNone:
            throw Self.failure(
                .passphraseRequired, "the private key (\(item.name)) is encrypted: give its passphrase", file: item.file)
        case .tooLong(let capacity):
            throw Self.failure(
                .wrongPassphrase, "the passphrase of \(item.name) is too long: OpenSSL takes \(capacity) bytes", file: item.file)
        case .answered:
            throw Self.failure(
                .wrongPassphrase, "the passphrase doesn't decrypt the private key (\(item.name))", file: item.file)
        case .failed(let reason):
            throw Self.failure(
                .wrongPassphrase, "the provider of the passphrase for \(item.name) has failed: \(reason)", file: item.file)
        }
    }

    private static func withMemoryBIO<R>(_ bytes: [UInt8], _ body: (OpaquePointer?) -> R) -> R {
        unsafe bytes.withUnsafeBytes { bytes in
            let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { unsafe BIO_free(bio) }
            return unsafe body(bio)
        }
    }
}

/// What happened when OpenSSL asked for a passphrase.
private struct PassphraseRequest {
    enum Outcome {
        case notAsked
        case hasNone
        case answered
        case tooLong(capacity: Int)
        case failed(String)
    }

    let provider: TLSConfiguration.PrivateKey.Passphrase?
    var outcome = Outcome.notAsked

    init(provider: TLSConfiguration.PrivateKey.Passphrase?) { self.provider = provider }

    /// Writes the passphrase to where OpenSSL wants it; the length, or -1 when there is none.
    static func answer(
        _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int32, _ request: UnsafeMutableRawPointer?
    ) -> Int32 {
        guard let request = unsafe request?.assumingMemoryBound(to: PassphraseRequest.self), let buffer = unsafe buffer
        else { return -1 }
        guard let provider = unsafe request.pointee.provider else {
            unsafe request.pointee.outcome = .hasNone
            return -1
        }
        do {
            var passphrase = Array(try provider().utf8)
            defer { Secrets.wipe(&passphrase) }
            unsafe request.pointee.outcome = .answered
            guard passphrase.count <= Int(capacity) else {
                unsafe request.pointee.outcome = .tooLong(capacity: Int(capacity))
                return -1
            }
            unsafe passphrase.withUnsafeBytes { bytes in
                guard let source = bytes.baseAddress else { return }
                unsafe UnsafeMutableRawPointer(buffer).copyMemory(from: source, byteCount: bytes.count)
            }
            return Int32(clamping: passphrase.count)
        } catch {
            unsafe request.pointee.outcome = .failed("\(error)")
            return -1
        }
    }
}
