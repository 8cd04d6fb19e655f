/// What TLS could not do, which file or certificate is to blame, and why.
public struct TLSError: Error, Sendable, Hashable {
    /// The kind of a failure. More kinds may come: keep a default when you switch.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name, for logs.
        public let description: String
        init(_ description: String) { self.description = description }

        /// A file of the configuration can't be read; ``TLSError/underlying`` says why.
        public static let fileUnreadable = Code("fileUnreadable")
        /// There is no certificate, or no well-formed one, where the configuration says.
        public static let invalidCertificate = Code("invalidCertificate")
        /// There is no private key, or no well-formed one, where the configuration says.
        public static let invalidKey = Code("invalidKey")
        /// The private key is encrypted, and no passphrase was given.
        public static let passphraseRequired = Code("passphraseRequired")
        /// The passphrase doesn't decrypt the private key, or its provider has failed.
        public static let wrongPassphrase = Code("wrongPassphrase")
        /// The private key isn't the one of the certificate, or one of the two is missing.
        public static let keyMismatch = Code("keyMismatch")
        /// The server's certificate isn't trusted: ``TLSError/certificate`` is the one, the message says why.
        public static let certificateRejected = Code("certificateRejected")
        /// The server's certificate is made out to others.
        public static let nameMismatch = Code("nameMismatch")
        /// The server has ended the connection with an alert: ``TLSError/alert`` says which.
        public static let alertReceived = Code("alertReceived")
        /// What answered doesn't speak TLS: ``TLSError/receivedInstead`` is how its answer began.
        public static let notTLS = Code("notTLS")
        /// Bytes came in the clear after the last message before the handshake: somebody may have put them there.
        public static let unencryptedBytes = Code("unencryptedBytes")
        /// The connection was closed during the handshake, without a reason.
        public static let handshakeInterrupted = Code("handshakeInterrupted")
        /// The connection was cut without the end that TLS prescribes: what came last may be incomplete.
        public static let truncated = Code("truncated")
        /// The two sides agree on no version or cipher, or the other side has broken the protocol.
        public static let protocolFailure = Code("protocolFailure")
        /// OpenSSL can't do what is needed, for example for lack of memory.
        public static let unavailable = Code("unavailable")
    }

    /// What kind of failure this is.
    public let code: Code
    /// One sentence for people: what failed and what to do.
    public let message: String
    /// The file that is to blame.
    public var file: String?
    /// The certificate that is to blame.
    public var certificate: TLSCertificateSummary?
    /// The alert that the other side sent.
    public var alert: TLSAlert?
    /// How an answer that isn't TLS began: up to 64 bytes.
    public var receivedInstead: [UInt8] = []
    /// The system call that failed.
    public var underlying: SystemError?
    /// What OpenSSL itself says, oldest first.
    public var details: [String] = []

    /// An error as TLS would throw it, for tests of code that handles it.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension TLSError: CustomStringConvertible {
    public var description: String {
        var text = "\(code): \(message)"
        if let certificate { text += " [certificate: \(certificate)]" }
        if let underlying { text += " [\(underlying)]" }
        if !details.isEmpty { text += " [OpenSSL: \(details.joined(separator: "; "))]" }
        return text
    }
}

extension TLSError {
    /// The same error with more about it.
    func with(_ change: (inout TLSError) -> Void) -> TLSError {
        var copy = self
        change(&copy)
        return copy
    }
}
