import NATSProtocol

/// Credentials files: the parts agree with the whole, and what was found is found again in a file written by the book.
enum CredentialsTarget: FuzzTarget {
    static let name = "credentials"
    static let byteCountMax = 2048

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let jwt = try? UserCredentials.jwt(in: input)
        let seed = try? UserCredentials.seed(in: input)
        switch Result(catching: { () throws(CredentialsError) in try UserCredentials(parsing: input) }) {
        case .success(let credentials):
            try expectEqual(credentials.jwt, jwt, "the JWT alone")
            try expectEqual(credentials.seed?.text, seed?.text, "the seed alone")
            try expectAgain(credentials)
        case .failure(let error):
            _ = "\(error)"
            try expect(jwt == nil || seed == nil, "both parts can be read, but not the whole")
            let lineCount = [UInt8](copying: input).count { $0 == 0x0A } + 1
            try expect((1...lineCount).contains(error.line ?? 1), "an error in line \(error.line ?? 1) of \(lineCount)")
        }
        if let jwt {
            try expectEqual(try? UserJWT(parsing: jwt.text), jwt, "the JWT by itself")
            _ = (jwt.claims.isExpired(at: 1_700_000_000), jwt.claims.renewsAt, "\(jwt)")
        }
    }

    private static func expectAgain(_ credentials: UserCredentials) throws(FuzzFinding) {
        guard let seed = credentials.seed?.text else { throw FuzzFinding("credentials without a seed") }
        let text = """
            -----BEGIN NATS USER JWT-----
            \(credentials.jwt.text)
            ------END NATS USER JWT------

            ************************* IMPORTANT *************************
            NKEY Seed printed below can be used to sign and prove identity.

            -----BEGIN USER NKEY SEED-----
            \(seed)
            ------END USER NKEY SEED------
            """
        for text in [text, text.replacing("\n", with: "\r\n"), "\(credentials.jwt.text)\n\(seed)\n"] {
            let again = try? UserCredentials(parsing: text.utf8Span.span)
            try expectEqual(again?.jwt, credentials.jwt, "the JWT of \(text.prefix(9))…")
            try expectEqual(again?.seed?.text, seed, "the seed of \(text.prefix(9))…")
        }
    }
}

extension NKeySeed {
    /// nil can't be: a seed has 32 bytes.
    fileprivate var text: String? {
        guard let encoded = try? NKeyCodec.encode(seed: bytes, kind) else { return nil }
        return encoded.span.text
    }
}
