/// A signature isn't one that Ed25519 gives.
package struct NonceSignatureError: Error, Hashable, Sendable, CustomStringConvertible {
    package let byteCount: Int

    package var description: String {
        "the signature has \(byteCount) bytes; one of Ed25519 has \(ConnectParameters.Authentication.signatureByteCount)"
    }
}

/// The fields of CONNECT that prove the possession of a key: `nkey` and `sig`, or `jwt` and `sig`.
///
/// What is signed are the bytes of the nonce as they stand in INFO; the signature is sent in base 64 for URLs, without
/// padding. `sign` does the cryptography (Ed25519), with a key that never needs to come here: an HSM will do.
///
/// Source: `connectProto` in nats.go; `processClientOrLeafAuthentication` in the server's `server/auth.go`.
extension ConnectParameters.Authentication {
    package static let signatureByteCount = 64

    package static func signed(
        by key: PublicNKey, nonce: String, _ sign: (Span<UInt8>) throws -> [UInt8]
    ) throws -> Self {
        .nkey(publicKey: key.text, signature: try signature(nonce, sign))
    }

    package static func signed(
        with jwt: UserJWT, nonce: String, _ sign: (Span<UInt8>) throws -> [UInt8]
    ) throws -> Self {
        .jwt(jwt.text, signature: try signature(nonce, sign))
    }

    /// A bearer's JWT: whoever has it may use it.
    package static func bearer(_ jwt: UserJWT) -> Self { .jwt(jwt.text, signature: nil) }

    private static func signature(_ nonce: String, _ sign: (Span<UInt8>) throws -> [UInt8]) throws -> String {
        let signature = try sign(nonce.utf8Span.span)
        guard signature.count == signatureByteCount else { throw NonceSignatureError(byteCount: signature.count) }
        return Base64.encode(signature.span, .url)
    }
}
