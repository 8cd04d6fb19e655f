import NATSClient
import TestSupport
import Testing

/// An operator with one account, as `nsc` makes them: the claims of version 2 of nats-io/jwt.
struct OperatorMode {
    let operatorKey: NKey
    let accountKey: NKey

    init() throws {
        operatorKey = try NKey.generate(.operator)
        accountKey = try NKey.generate(.account)
    }

    /// A server that trusts the operator and knows the account, and others of the operator.
    ///
    /// - Parameter moreLimits: of the account, in JSON, with a comma before each.
    func serverOptions(alsoKnowing others: NKey..., moreLimits: String = "") throws -> NATSServerOptions {
        let operatorJWT = try Self.sign(
            Self.claims(issuer: operatorKey, subject: operatorKey, #""type":"operator","version":2"#), by: operatorKey)
        let limits = ["subs", "data", "payload", "imports", "exports", "conn", "leaf"].map { "\"\($0)\":-1" }
        func account(_ moreLimits: String) -> String {
            #""limits":{\#(limits.joined(separator: ",")),"wildcards":true\#(moreLimits)},"#
                + #""default_permissions":{"pub":{},"sub":{}},"type":"account","version":2"#
        }
        let accounts = try ([accountKey] + others).map { key in
            try "\(key.publicKey): "
                + Self.sign(
                    Self.claims(
                        issuer: operatorKey, subject: key,
                        account(key.publicKey == accountKey.publicKey ? moreLimits : "")),
                    by: operatorKey)
        }
        return .with {
            $0.extraConfiguration = """
                operator: \(operatorJWT)
                resolver: MEMORY
                resolver_preload: { \(accounts.joined(separator: ", ")) }
                """
        }
    }

    /// The JWT of a user of the account, or of another one. `expiresAt` in seconds since 1970.
    func userJWT(
        _ user: NKey, of account: NKey? = nil, isBearer: Bool = false, expiresAt: Int? = nil
    ) throws -> String {
        let account = account ?? accountKey
        let nats =
            #""pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"bearer_token":\#(isBearer),"type":"user","version":2"#
        return try Self.sign(
            Self.claims(issuer: account, subject: user, nats, expiresAt: expiresAt), by: account)
    }

    /// The text of a `.creds` file.
    static func credentials(jwt: String, _ user: NKey) throws -> String {
        let seed = try #require(user.withSeedText { String(repairing: $0) })
        return """
            -----BEGIN NATS USER JWT-----
            \(jwt)
            ------END NATS USER JWT------

            -----BEGIN USER NKEY SEED-----
            \(seed)
            ------END USER NKEY SEED------

            """
    }

    static func claims(issuer: NKey, subject: NKey, _ nats: String, expiresAt: Int? = nil) -> String {
        let expiry = expiresAt.map { #""exp":\#($0),"# } ?? ""
        return
            #"{\#(expiry)"iat":1700000000,"iss":"\#(issuer.publicKey)","jti":"\#(subject.publicKey)","name":"test","#
            + #""nats":{\#(nats)},"sub":"\#(subject.publicKey)"}"#
    }

    static func sign(_ claims: String, by key: NKey) throws -> String {
        let header = #"{"typ":"JWT","alg":"ed25519-nkey"}"#
        let signed = [header, claims].map { Base64.encode($0.utf8Span.span, .url) }.joined(separator: ".")
        let signature = try key.sign(signed.utf8Span.span)
        return signed + "." + Base64.encode(signature.span, .url)
    }
}
