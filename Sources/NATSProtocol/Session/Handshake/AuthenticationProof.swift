/// What the driver made from the server's nonce and the user's credentials. Its description hides everything.
package struct AuthenticationProof: Equatable, Sendable, CustomStringConvertible {
    /// The user's JWT, if the credentials have one.
    package var jwt: String?
    /// The public NKey, for NKey authentication without a JWT.
    package var nkey: String?
    /// The signature of the nonce: base64 for URLs, without padding. Nil for bearer JWTs.
    package var signature: String?

    package init(jwt: String? = nil, nkey: String? = nil, signature: String? = nil) {
        self.jwt = jwt
        self.nkey = nkey
        self.signature = signature
    }

    package var description: String { "AuthenticationProof(hidden)" }
}
