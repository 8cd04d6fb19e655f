import FoundationEssentials

extension ConnectParameters {
    /// The server's `max_control_line` unless its operator changed it. INFO doesn't tell.
    package static let defaultByteCountLimit = 4096

    /// The object that follows `CONNECT `: one line without CR and LF, keys sorted.
    package func json(byteCountLimit: Int = defaultByteCountLimit) throws(ConnectParametersError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { throw .notEncodable }
        guard data.count <= byteCountLimit else { throw .tooLong(byteCount: data.count, limit: byteCountLimit) }
        return [UInt8](data)
    }
}

extension ConnectParameters: Encodable {
    private enum CodingKeys: String, CodingKey {
        case verbose, pedantic, name, version, echo, headers
        case requiresTLS = "tls_required"
        case language = "lang"
        case protocolVersion = "protocol"
        case noResponders = "no_responders"
        case token = "auth_token"
        case user
        case password = "pass"
        case publicKey = "nkey"
        case jwt
        case signature = "sig"
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(verbose, forKey: .verbose)
        try fields.encode(pedantic, forKey: .pedantic)
        try fields.encode(requiresTLS, forKey: .requiresTLS)
        try fields.encodeIfPresent(name, forKey: .name)
        try fields.encode(language, forKey: .language)
        try fields.encode(version, forKey: .version)
        try fields.encode(Self.protocolVersion, forKey: .protocolVersion)
        try fields.encode(echo, forKey: .echo)
        try fields.encode(headers, forKey: .headers)
        try fields.encode(noResponders, forKey: .noResponders)
        switch authentication {
        case .none:
            break
        case .token(let token):
            try fields.encode(token, forKey: .token)
        case .user(let user, let password):
            try fields.encode(user, forKey: .user)
            try fields.encode(password, forKey: .password)
        case .nkey(let publicKey, let signature):
            try fields.encode(publicKey, forKey: .publicKey)
            try fields.encode(signature, forKey: .signature)
        case .jwt(let jwt, let signature):
            try fields.encode(jwt, forKey: .jwt)
            try fields.encodeIfPresent(signature, forKey: .signature)
        }
    }

    /// 1: the server may send INFO at any time, and knows `echo`.
    private static let protocolVersion = 1
}
