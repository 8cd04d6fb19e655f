import NATSProtocol

/// The fields of a context of the NATS CLI (ADR-21) that concern a connection. An empty field counts as missing.
///
/// Left out: what only the CLI needs (`description`, `color_scheme`), the certificate store of Windows, and
/// `jetstream_event_prefix`. Source: `natscontext/context.go` of nats-io/jsm.go.
package struct ContextFile: Hashable, Sendable {
    /// One address, or a list with commas.
    package var url: String?
    package var token: String?
    package var user: String?
    package var password: String?
    /// A path of a `.creds` file, or a reference: see ``SecretReference``.
    package var credentials: String?
    /// A path of a seed's file, or a reference.
    package var nkey: String?
    /// The text of a JWT, or a reference.
    package var userJWT: String?
    /// The text of a seed, or a reference.
    package var userSeed: String?
    /// Paths of PEM files.
    package var certificate: String?
    package var key: String?
    package var certificateAuthority: String?
    /// TLS before INFO.
    package var tlsFirst: Bool?
    package var inboxPrefix: String?
    package var socksProxy: String?
    package var jetStreamDomain: String?
    package var jetStreamAPIPrefix: String?
    /// The name by which `nsc` knows the credentials: deprecated, and only that program can resolve it.
    package var nscLookup: String?

    /// No field is set.
    package init() {}

    /// Reads the file's JSON. Unknown fields are ignored.
    package init(parsing json: Span<UInt8>) throws(ContextError) {
        var field: String?
        do throws(JSONError) {
            var reader = JSONReader(json)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                field = key.string
                try readField(field ?? "", &reader)
                field = nil
            }
            try reader.finish()
        } catch {
            throw Self.failure(error, field: field)
        }
    }

    private mutating func readField(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        if let field = Self.textFields.first(where: { $0.name == name }) {
            let text = try reader.readStringOrNull()
            self[keyPath: field.path] = text == "" ? nil : text
        } else if name == "tls_first" {
            tlsFirst = try reader.readBoolOrNull()
        } else {
            try reader.skipValue()
        }
    }

    /// Names the field, and nothing of what stands in it.
    private static func failure(_ error: JSONError, field: String?) -> ContextError {
        guard error.kind == .wrongType, let field else {
            return ContextError(.malformed, "the file isn't a JSON object")
        }
        let type = field == "tls_first" ? "true or false" : "a text"
        return ContextError(.malformed, "the field '\(field)' isn't \(type)")
    }

    private static var textFields: [(name: String, path: WritableKeyPath<ContextFile, String?>)] {
        [
            ("url", \.url), ("token", \.token), ("user", \.user), ("password", \.password), ("creds", \.credentials),
            ("nkey", \.nkey), ("user_jwt", \.userJWT), ("user_seed", \.userSeed), ("cert", \.certificate), ("key", \.key),
            ("ca", \.certificateAuthority), ("inbox_prefix", \.inboxPrefix), ("socks_proxy", \.socksProxy),
            ("jetstream_domain", \.jetStreamDomain), ("jetstream_api_prefix", \.jetStreamAPIPrefix), ("nsc", \.nscLookup),
        ]
    }
}

extension ContextFile {
    /// Whether a field says who the client is. A password or a seed alone only completes what another field says.
    package var hasIdentity: Bool {
        [token, user, credentials, nkey, userJWT, nscLookup].contains { $0 != nil }
    }

    /// These fields, and for the ones that are missing those of `other`.
    ///
    /// Identities aren't mixed: if this names one, none of `other` is taken. (The CLI overlays field by field, by which
    /// `NATS_CREDS` is without effect when the context has a user.)
    package func overlaying(_ other: ContextFile) -> ContextFile {
        var result = other
        if hasIdentity {
            for path in Self.identityFields { result[keyPath: path] = nil }
        }
        for (_, path) in Self.textFields {
            if let value = self[keyPath: path] { result[keyPath: path] = value }
        }
        result.tlsFirst = tlsFirst ?? other.tlsFirst
        return result
    }

    static var identityFields: [WritableKeyPath<ContextFile, String?>] {
        [\.token, \.user, \.password, \.credentials, \.nkey, \.userJWT, \.userSeed, \.nscLookup]
    }

    /// Who the client is, by the CLI's precedence: user, credentials, NKey, JWT with seed, JWT alone; a token counts when
    /// there is nothing else.
    package enum Identity: Hashable, Sendable {
        case none
        case user(String, password: SecretReference)
        case credentials(SecretReference)
        case nkey(SecretReference)
        case jwt(SecretReference, seed: SecretReference?)
        case token(SecretReference)
    }

    /// The identity, with paths expanded by `environment`.
    package func identity(_ environment: ClientEnvironment) throws(ContextError) -> Identity {
        try checkHalves()
        func secret(_ text: String) -> SecretReference { SecretReference(value: text, environment) }
        if let user { return .user(user, password: secret(password ?? "")) }
        if let credentials { return .credentials(SecretReference(path: credentials, environment)) }
        if let nkey { return .nkey(SecretReference(path: nkey, environment)) }
        if let userJWT { return .jwt(secret(userJWT), seed: userSeed.map(secret)) }
        if let token { return .token(secret(token)) }
        guard nscLookup == nil else {
            throw ContextError(
                .unsupportedReference,
                "the field 'nsc' needs the program nsc; export the credentials, and name the file in 'creds'")
        }
        return .none
    }

    /// What only completes an identity is of no use alone: whoever names it believes to be somebody.
    private func checkHalves() throws(ContextError) {
        if password != nil, user == nil {
            throw ContextError(
                .invalidValue, "there is a password ('password', NATS_PASSWORD), but no user ('user', NATS_USER) for it")
        }
        if userSeed != nil, userJWT == nil {
            throw ContextError(
                .invalidValue,
                "there is a seed ('user_seed', NATS_SEED), but no JWT ('user_jwt', NATS_JWT) for it; a seed "
                    + "alone belongs into 'nkey' (NATS_NKEY)")
        }
    }
}

/// Descriptions show which fields are set, and the value of none: even a URL may hold a password.
extension ContextFile: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let names = Self.textFields.filter { self[keyPath: $0.path] != nil }.map(\.name)
        return "context(\((names + (tlsFirst == nil ? [] : ["tls_first"])).joined(separator: ", ")))"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["fields": description], displayStyle: .struct) }
}
