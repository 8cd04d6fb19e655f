// What OpenSSL's errors mean for people. Unsafe invariant: OpenSSL's constant texts are copied.
internal import COpenSSL

/// A failed handshake or record, as OpenSSL left it.
struct TLSFailure {
    let errors: OpenSSLErrors
    let rejection: CertificateRejection?
    let serverName: String
    /// Empty when the peer spoke TLS.
    let firstBytes: [UInt8]
    /// Whether this side has a certificate to show.
    let hasCertificate: Bool

    var error: TLSError {
        classified.with { $0.details = errors.texts }
    }

    private var classified: TLSError {
        if let alert = errors.receivedAlert { return received(alert) }
        if let rejection { return rejected(rejection) }
        if !firstBytes.isEmpty {
            let message = "what answered doesn't speak TLS here: its answer begins with “\(Self.printable(firstBytes))”"
            return TLSError(.notTLS, message).with { $0.receivedInstead = firstBytes }
        }
        if errors.tlsReasons.contains(SSL_R_UNSUPPORTED_PROTOCOL) || errors.tlsReasons.contains(SSL_R_WRONG_SSL_VERSION) {
            return TLSError(.protocolFailure, "the other side speaks no TLS version that is allowed here")
        }
        return TLSError(.protocolFailure, "the other side has broken the rules of TLS: \(errors.texts.last ?? "no reason")")
    }

    private func received(_ alert: TLSAlert) -> TLSError {
        let advice =
            switch alert {
            case .certificateRequired where hasCertificate:
                ": it wants a client certificate, and the one that was configured doesn't suit it"
            case .certificateRequired: ": it wants a client certificate, and none was configured"
            case .unknownCA: ": it doesn't trust the authority that has signed our certificate"
            case .certificateExpired: ": our certificate is expired for it"
            case .badCertificate where hasCertificate: ": it doesn't accept our certificate"
            case .badCertificate: ": it wants a client certificate, and none was configured"
            case .protocolVersion: ": it speaks no TLS version that is allowed here"
            default: ""
            }
        return TLSError(.alertReceived, "the other side has refused with the alert “\(alert)”\(advice)").with {
            $0.alert = alert
        }
    }

    private func rejected(_ rejection: CertificateRejection) -> TLSError {
        let reason = unsafe X509_verify_cert_error_string(Int(rejection.reason)).map { unsafe String(cString: $0) } ?? "?"
        let isName = [X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH].contains(rejection.reason)
        guard isName else {
            let peer = serverName.isEmpty ? "the client" : "“\(serverName)”"
            let message = "the certificate of \(peer) isn't trusted: \(reason)\(advice(rejection))"
            return TLSError(.certificateRejected, message).with { $0.certificate = rejection.certificate }
        }
        let names = rejection.certificate?.names ?? []
        let others =
            names.isEmpty
            ? "it has no subject alternative names, and common names don't count"
            : "it is made out to \(names.joined(separator: ", "))"
        return TLSError(.nameMismatch, "the certificate isn't made out to “\(serverName)”: \(others)").with {
            $0.certificate = rejection.certificate
        }
    }

    private func advice(_ rejection: CertificateRejection) -> String {
        switch rejection.reason {
        case X509_V_ERR_CERT_HAS_EXPIRED: rejection.certificate.map { " on \($0.notAfter)" } ?? ""
        case X509_V_ERR_CERT_NOT_YET_VALID: rejection.certificate.map { ", not before \($0.notBefore)" } ?? ""
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            "; no trust root has signed it: give its authority as a trust root"
        default: ""
        }
    }

    private static func printable(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
    }
}
