/// How a connection is encrypted, whom it trusts, and who it says it is.
///
/// A value: files are named here and read when a connection is made, so that a rotated certificate is used by the next
/// connection; what is given in memory stays. All defaults are the strict ones: system roots, full verification, TLS 1.2 or newer.
public struct TLSConfiguration: Sendable {
    /// Whose signature on the server's certificate counts. Default: what the system trusts.
    public var trustRoots: TrustRoots
    /// The certificate that this client shows when the server asks for one, followed by its intermediates. Default: none.
    public var certificateChain: CertificateChain?
    /// The private key of the first certificate of ``certificateChain``. Default: none.
    public var privateKey: PrivateKey?
    /// The host name or IP address that the server's certificate must be made out to, and that is named in the handshake (SNI).
    /// Holds for every server, also for those that are learnt from others. Default: nil, the host that is connected to.
    public var serverName: String?
    /// What of the server's certificate is verified. Default: everything.
    public var verification: Verification
    /// The oldest protocol version that is accepted. Default: TLS 1.2.
    public var minimumVersion: ProtocolVersion
    /// True: the TLS handshake comes first, before any byte of the protocol; the server must be configured for it too.
    /// False (the default): the server says first whether it has TLS.
    public var handshakeFirst: Bool

    /// A configuration; each argument's default is described at its property.
    public init(
        trustRoots: TrustRoots = .system, certificateChain: CertificateChain? = nil, privateKey: PrivateKey? = nil,
        serverName: String? = nil, verification: Verification = .full, minimumVersion: ProtocolVersion = .tls12,
        handshakeFirst: Bool = false
    ) {
        self.trustRoots = trustRoots
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.serverName = serverName
        self.verification = verification
        self.minimumVersion = minimumVersion
        self.handshakeFirst = handshakeFirst
    }
}

extension TLSConfiguration {
    /// The certificate authorities that are trusted.
    public enum TrustRoots: Sendable, Hashable {
        /// What the system's OpenSSL trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` are respected). Read again when the bundle is
        /// replaced, or when a file of the folder comes or goes.
        case system
        /// The certificates of a PEM file, and no others.
        case file(String)
        /// The certificates of a PEM text, and no others.
        case bytes([UInt8])
    }

    /// A certificate and its intermediates, in PEM.
    public enum CertificateChain: Sendable, Hashable {
        /// The certificates of a PEM file, the client's own first.
        case file(String)
        /// The certificates of a PEM text, the client's own first.
        case bytes([UInt8])
    }

    /// What is verified of the server's certificate.
    public enum Verification: Sendable, Hashable {
        /// Its signatures up to a trusted root, its dates, and that it is made out to the server's name or IP address.
        case full
        /// Nothing: whoever answers is believed and can read and change everything. For experiments only.
        case dangerouslyAcceptAnyCertificate
    }

    /// A version of TLS.
    public enum ProtocolVersion: Sendable, Hashable, Comparable {
        /// TLS 1.2 (RFC 5246), without renegotiation.
        case tls12
        /// TLS 1.3 (RFC 8446).
        case tls13
    }
}
