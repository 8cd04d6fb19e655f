import NATSProtocol

extension ConnectOptions {
    /// Who we are to the server. Its description never shows a secret.
    ///
    /// Files and providers are asked anew in every attempt to connect, so that credentials can change while a daemon runs.
    public struct Authentication: Sendable {
        /// Signs the bytes of a server's nonce (Ed25519, 64 bytes) with a key that may live elsewhere, in an HSM for example.
        /// Runs outside the reactor's thread, within the attempt's deadline.
        public typealias Signer = @Sendable (_ nonce: [UInt8]) async throws -> [UInt8]

        /// Says in every attempt to connect who we are. Runs outside the reactor's thread, within the attempt's deadline and the
        /// server's own (`auth_timeout`, 2 s by default); it is cancelled when the attempt is given up. What it throws fails the
        /// attempt.
        public typealias Provider = @Sendable (AuthenticationRequest) async throws -> Authentication

        enum Method: Sendable {
            case automatic
            case none
            case token(String)
            case user(String, password: String)
            case seed(SecretBytes)
            case nkey(publicKey: String, sign: Signer)
            case jwt(String, sign: Signer?)
            case credentialsFile(String)
            case credentialsText(SecretBytes)
            case provider(Provider)
            /// Secrets that the environment or a context names.
            case reference(ContextFile.Identity, ClientEnvironment)
        }

        let method: Method

        /// What the environment or the context says from which the connection is configured; with the program's own
        /// addresses only what stands in those.
        public static let automatic = Authentication(method: .automatic)

        /// No credentials besides those of the URL, whatever the environment says.
        public static let none = Authentication(method: .none)

        /// A token (`authorization { token }` of the server).
        public static func token(_ token: String) -> Authentication { Authentication(method: .token(token)) }

        /// A user with a password.
        public static func user(_ user: String, password: String) -> Authentication {
            Authentication(method: .user(user, password: password))
        }

        /// An NKey of a user, given by the text of its seed (`SU…`). `connect` throws ``NATSError/Code/invalidOption`` when the
        /// text isn't sound.
        public static func nkey(seed: String) -> Authentication {
            Authentication(method: .seed(SecretBytes(copying: seed.utf8Span.span)))
        }

        /// An NKey of a user, with its secret half.
        public static func nkey(_ key: NKey) -> Authentication {
            nkey(publicKey: key.publicKey) { nonce in try key.sign(nonce.span) }
        }

        /// An NKey of a user whose secret half only `sign` knows.
        public static func nkey(publicKey: String, sign: @escaping Signer) -> Authentication {
            Authentication(method: .nkey(publicKey: publicKey, sign: sign))
        }

        /// The JWT and the seed of a `.creds` file, which is read in every attempt.
        public static func credentials(file path: String) -> Authentication {
            Authentication(method: .credentialsFile(path))
        }

        /// The JWT and the seed in the text of a `.creds` file. `connect` throws ``NATSError/Code/invalidOption`` when the text
        /// isn't sound.
        public static func credentials(text: String) -> Authentication {
            Authentication(method: .credentialsText(SecretBytes(copying: text.utf8Span.span)))
        }

        /// A user's JWT. `sign` signs with the key that the JWT is made out to; a bearer's JWT needs none.
        public static func jwt(_ jwt: String, sign: Signer? = nil) -> Authentication {
            Authentication(method: .jwt(jwt, sign: sign))
        }

        /// Asks `provide` in every attempt. It may answer with anything but another provider.
        public static func provider(_ provide: @escaping Provider) -> Authentication {
            Authentication(method: .provider(provide))
        }
    }
}

extension ConnectOptions.Authentication {
    var isAutomatic: Bool { if case .automatic = method { true } else { false } }

    /// Throws what no attempt could mend.
    func check() throws(NATSError) {
        do {
            switch method {
            case .automatic, .none, .token, .user, .credentialsFile, .provider, .reference: break
            case .seed(let text): _ = try NKeySeed(parsing: text.span, kind: .user)
            case .nkey(let publicKey, _): _ = try PublicNKey(parsing: publicKey, kind: .user)
            case .jwt(let text, _): _ = try UserJWT(parsing: text)
            case .credentialsText(let text): _ = try UserCredentials(parsing: text.span)
            }
        } catch {
            throw NATSError(.invalidOption, "the option 'authentication' can't be used: \(error)", underlying: error)
        }
    }
}

extension ConnectOptions.Authentication: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind, and what isn't secret of it.
    public var description: String {
        switch method {
        case .automatic: "automatic"
        case .none: "none"
        case .token: "token(…)"
        case .user(let user, _): "user(\(user), password: …)"
        case .seed: "nkey(seed: …)"
        case .nkey(let publicKey, _): "nkey(\(publicKey))"
        case .jwt: "jwt(…)"
        case .credentialsFile(let path): "credentials(file: \(path))"
        case .credentialsText: "credentials(text: …)"
        case .provider: "provider"
        case .reference(let identity, _): "\(identity)"
        }
    }
    /// As ``description``: never a secret.
    public var debugDescription: String { description }
    /// Shows no children, since they are secrets.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
