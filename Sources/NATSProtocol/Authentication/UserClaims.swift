/// What a client needs to know of its JWT. Times are whole seconds since 1970 UTC.
///
/// Source: RFC 7519 section 4.1 and `claims.go` of nats-io/jwt; a missing `exp` and one of 0 both mean "never".
package struct UserClaims: Hashable, Sendable {
    /// `sub`: the public key of the user, `U…`.
    package var subject: String?
    /// `iss`: the public key that signed, of the account or one of its signing keys, `A…`.
    package var issuer: String?
    /// `name`: for people.
    package var name: String?
    /// `iat`
    package var issuedAt: Int64?
    /// `nbf`: not valid before.
    package var validFrom: Int64?
    /// `exp`: the server disconnects then, with `User Authentication Expired`.
    package var expiresAt: Int64?

    init(_ fields: [String: JSONScalar]) {
        subject = fields["sub"]?.text
        issuer = fields["iss"]?.text
        name = fields["name"]?.text
        issuedAt = fields["iat"]?.wholeNumber
        validFrom = fields["nbf"]?.wholeNumber
        if let seconds = fields["exp"]?.wholeNumber, seconds > 0 { expiresAt = seconds }
    }

    package func isExpired(at now: Int64) -> Bool { expiresAt.map { $0 <= now } ?? false }

    /// How long before it ends a JWT is replaced: a tenth of its life, but at least 1 s and at most 60 s.
    package static let renewalLeadMax: Int64 = 60

    /// When to reconnect with fresh credentials, so that the server doesn't cut the connection: shortly before the
    /// expiry. Nil when it never expires.
    package var renewsAt: Int64? {
        guard let expiresAt else { return nil }
        var lead = Self.renewalLeadMax
        if let issuedAt {
            let (lifetime, overflow) = expiresAt.subtractingReportingOverflow(issuedAt)
            if !overflow { lead = min(max(lifetime / 10, 1), lead) }
        }
        return expiresAt - lead  // neither is negative
    }
}
