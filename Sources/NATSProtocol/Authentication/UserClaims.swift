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

    /// Reads the object in the middle of a JWT. Unknown claims, and known ones of another type, are passed over.
    init(json: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(json)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "sub": subject = try reader.readStringIfAny()
            case "iss": issuer = try reader.readStringIfAny()
            case "name": name = try reader.readStringIfAny()
            case "iat": issuedAt = try reader.readWholeNumberIfAny()
            case "nbf": validFrom = try reader.readWholeNumberIfAny()
            case "exp": expiresAt = try reader.readWholeNumberIfAny().flatMap { $0 > 0 ? $0 : nil }
            default: try reader.skipValue()
            }
        }
        try reader.finish()
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
