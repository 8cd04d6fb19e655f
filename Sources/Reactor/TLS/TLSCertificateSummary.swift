/// What people need to know of a certificate to find the right one.
public struct TLSCertificateSummary: Sendable, Hashable {
    /// Whom the certificate is made out to, for example `CN=nats-1, O=Example`.
    public let subject: String
    /// Who has signed it.
    public let issuer: String
    /// The host names and IP addresses that it is valid for (subject alternative names).
    public let names: [String]
    /// The first moment of its validity, in UTC: `2026-01-31T00:00:00Z`.
    public let notBefore: String
    /// The last moment of its validity, in UTC.
    public let notAfter: String
    /// The serial number in hexadecimal digits.
    public let serialNumber: String
}

extension TLSCertificateSummary: CustomStringConvertible {
    public var description: String {
        let names = names.isEmpty ? "no names" : names.joined(separator: ", ")
        return "\(subject), for \(names), issued by \(issuer), valid from \(notBefore) to \(notAfter)"
    }
}
