extension ConnectParameters {
    /// Longer than any sensible introduction. What a server reads is its own `max_control_line`, 4096 bytes unless its
    /// operator changed it; INFO doesn't tell, so the server decides.
    package static let byteCountMax = 1 << 20

    /// 1: the server may send INFO at any time, and knows `echo`.
    private static let protocolVersion = 1

    /// The object that follows `CONNECT `: one line without CR and LF, keys sorted.
    package func json() throws(ConnectParametersError) -> [UInt8] {
        var writer = JSONWriter()
        let authentication = fields
        writer.beginObject()
        writer.field("auth_token", authentication.token)
        writer.field("echo", echo)
        writer.field("headers", headers)
        writer.field("jwt", authentication.jwt)
        writer.field("lang", language)
        writer.field("name", name)
        writer.field("nkey", authentication.publicKey)
        writer.field("no_responders", noResponders)
        writer.field("pass", authentication.password)
        writer.field("pedantic", pedantic)
        writer.field("protocol", Self.protocolVersion)
        writer.field("sig", authentication.signature)
        writer.field("tls_required", requiresTLS)
        writer.field("user", authentication.user)
        writer.field("verbose", verbose)
        writer.field("version", version)
        writer.endObject()
        guard writer.count <= Self.byteCountMax else { throw .tooLong(byteCount: writer.count) }
        let bytes = writer.bytes
        return [UInt8](capacity: bytes.count) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }

    private struct AuthenticationFields {
        var token: String?
        var user: String?
        var password: String?
        var publicKey: String?
        var jwt: String?
        var signature: String?
    }

    private var fields: AuthenticationFields {
        switch authentication {
        case .none: AuthenticationFields()
        case .token(let token): AuthenticationFields(token: token)
        case .user(let user, let password): AuthenticationFields(user: user, password: password)
        case .nkey(let publicKey, let signature): AuthenticationFields(publicKey: publicKey, signature: signature)
        case .jwt(let jwt, let signature): AuthenticationFields(jwt: jwt, signature: signature)
        }
    }
}
