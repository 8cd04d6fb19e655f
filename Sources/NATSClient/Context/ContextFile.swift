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
        let fields: [String: JSONScalar]
        do throws(FlatJSON.NotAnObject) {
            fields = try FlatJSON.fields(of: json)
        } catch {
            throw ContextError(.malformed, "the file isn't a JSON object")
        }
        for (name, path) in Self.textFields {
            switch fields[name] {
            case nil, .null?: break
            case .text(let text)?: self[keyPath: path] = text.isEmpty ? nil : text
            case .integer?, .number?, .bool?, .nested?:
                throw ContextError(.malformed, "the field '\(name)' isn't a text")
            }
        }
        switch fields["tls_first"] {
        case nil, .null?: break
        case .bool(let value)?: tlsFirst = value
        case .text?, .integer?, .number?, .nested?:
            throw ContextError(.malformed, "the field 'tls_first' isn't true or false")
        }
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

    private static var identityFields: [WritableKeyPath<ContextFile, String?>] {
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
        if let user { return .user(user, password: SecretReference(value: password ?? "")) }
        if let credentials { return .credentials(SecretReference(path: credentials, environment)) }
        if let nkey { return .nkey(SecretReference(path: nkey, environment)) }
        if let userJWT { return .jwt(SecretReference(value: userJWT), seed: userSeed.map(SecretReference.init(value:))) }
        if let token { return .token(SecretReference(value: token)) }
        guard nscLookup == nil else {
            throw ContextError(
                .unsupportedReference,
                "the field 'nsc' needs the program nsc; export the credentials, and name the file in 'creds'")
        }
        return .none
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
