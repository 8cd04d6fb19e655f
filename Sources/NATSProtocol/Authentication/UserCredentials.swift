/// A user's JWT and the seed that signs for it: the content of a `.creds` file.
package struct UserCredentials: Sendable {
    package let jwt: UserJWT
    /// Nil when the JWT is a bearer's, which needs no signature.
    package let seed: NKeySeed?

    package init(jwt: UserJWT, seed: NKeySeed?) {
        self.jwt = jwt
        self.seed = seed
    }

    /// Reads the text of a `.creds` file: both the JWT and a user's seed must be there.
    package init(parsing text: Span<UInt8>) throws(CredentialsError) {
        let values = try CredentialsText(scanning: text)
        jwt = try Self.jwt(values, text)
        seed = try Self.seed(values, text)
    }

    /// Reads a text that holds a JWT: the file of a bearer, or the first of a pair of files.
    package static func jwt(in text: Span<UInt8>) throws(CredentialsError) -> UserJWT {
        try jwt(try CredentialsText(scanning: text), text)
    }

    /// Reads a text that holds a user's seed: an NKey file, or the second of a pair of files.
    package static func seed(in text: Span<UInt8>) throws(CredentialsError) -> NKeySeed {
        try seed(try CredentialsText(scanning: text), text)
    }

    private static func jwt(_ values: CredentialsText, _ text: Span<UInt8>) throws(CredentialsError) -> UserJWT {
        guard let value = values.jwt else {
            throw CredentialsError(
                .missingJWT,
                "there is no JWT; it should stand between '-----BEGIN NATS USER JWT-----' and "
                    + "'------END NATS USER JWT------'")
        }
        return try UserJWT(text.extracting(value.range), line: value.line)
    }

    private static func seed(_ values: CredentialsText, _ text: Span<UInt8>) throws(CredentialsError) -> NKeySeed {
        guard let value = values.seed else {
            throw CredentialsError(
                .missingSeed,
                "there is no seed (SU…); it should stand between '-----BEGIN USER NKEY SEED-----' and "
                    + "'------END USER NKEY SEED------'")
        }
        do throws(NKeyError) {
            return try NKeySeed(parsing: text.extracting(value.range), kind: .user)
        } catch {
            throw CredentialsError(.invalidSeed, "the seed can't be used", line: value.line, key: error)
        }
    }
}

/// Descriptions show who it is, and neither the JWT nor the seed.
extension UserCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "credentials of \(jwt)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["user": jwt.description], displayStyle: .struct) }
}
