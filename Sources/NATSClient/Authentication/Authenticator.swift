import NATSProtocol
import Reactor

/// Answers the server's challenge in one attempt: reads what is to be read, asks the provider, signs the nonce.
struct Authenticator: Sendable {
    typealias Proof = ConnectParameters.Authentication

    enum Outcome: Sendable {
        case proof(Proof)
        /// In one sentence, without a secret of ours; and what was thrown.
        case failed(String, any Error)
    }

    let request: AuthenticationRequest

    func outcome(of authentication: ConnectOptions.Authentication) async -> Outcome {
        do {
            return .proof(try await proof(by: authentication))
        } catch let error as NATSError {
            return .failed(error.message, error)
        } catch {
            return .failed("\(error)", error)
        }
    }

    private func proof(by authentication: ConnectOptions.Authentication) async throws -> Proof {
        guard case .provider(let provide) = authentication.method else { return try await directProof(by: authentication) }
        return try await directProof(by: provide(request))
    }

    private func directProof(by authentication: ConnectOptions.Authentication) async throws -> Proof {
        switch authentication.method {
        case .automatic, .none: return .none
        case .token(let token): return .token(token)
        case .user(let user, let password): return .user(user, password: password)
        case .seed(let text):
            let key = try NKey(NKeySeed(parsing: text.span, kind: .user))
            return try await proof(publicKey: key.publicKey) { nonce in try key.sign(nonce.span) }
        case .nkey(let publicKey, let sign): return try await proof(publicKey: publicKey, sign)
        case .jwt(let text, let sign): return try await proof(jwt: UserJWT(parsing: text), sign)
        case .credentialsFile(let path): return try await proof(Self.credentials(file: path))
        case .credentialsText(let text): return try await proof(UserCredentials(parsing: text.span))
        case .reference(let identity, let environment): return try await proof(identity, environment)
        case .provider:
            throw NATSError(.invalidOption, "the provider of credentials answered with another provider")
        }
    }

    private func proof(_ identity: ContextFile.Identity, _ environment: ClientEnvironment) async throws -> Proof {
        switch identity {
        case .none: return .none
        case .user(let user, let password): return .user(user, password: try password.fetchText(environment))
        case .token(let token): return .token(try token.fetchText(environment))
        case .credentials(let reference):
            return try await proof(Self.parse(reference, environment, UserCredentials.init(parsing:)))
        case .nkey(let reference):
            let key = try NKey(Self.parse(reference, environment, UserCredentials.seed(in:)))
            return try await proof(publicKey: key.publicKey) { nonce in try key.sign(nonce.span) }
        case .jwt(let jwt, let seed):
            let seed = try seed.map { try Self.parse($0, environment, UserCredentials.seed(in:)) }
            return try await proof(UserCredentials(jwt: Self.parse(jwt, environment, UserCredentials.jwt(in:)), seed: seed))
        }
    }

    private func proof(_ credentials: UserCredentials) async throws -> Proof {
        guard let seed = credentials.seed else { return .bearer(credentials.jwt) }
        let key = try NKey(seed)
        return try await proof(jwt: credentials.jwt) { nonce in try key.sign(nonce.span) }
    }

    private func proof(publicKey: String, _ sign: ConnectOptions.Authentication.Signer) async throws -> Proof {
        let key = try PublicNKey(parsing: publicKey, kind: .user)
        guard let nonce = request.nonce else {
            guard request.requiresAuthentication else { return .none }
            throw NATSError(
                .authenticationFailed,
                "the server wants credentials but offers no nonce to sign: none of its users has an NKey")
        }
        let signature = try await sign(Array(nonce.utf8))
        return try .signed(by: key, nonce: nonce) { _ in signature }
    }

    /// Without a nonce the JWT alone is sent: the server, or its auth callout, decides.
    private func proof(jwt: UserJWT, _ sign: ConnectOptions.Authentication.Signer?) async throws -> Proof {
        guard let sign, let nonce = request.nonce else { return .bearer(jwt) }
        let signature = try await sign(Array(nonce.utf8))
        return try .signed(with: jwt, nonce: nonce) { _ in signature }
    }

    private static func credentials(file path: String) throws -> UserCredentials {
        var bytes: [UInt8]
        do throws(SystemError) {
            bytes = try FileReader.read(path, sizeMaximum: SecretReference.fileSizeMaximum)
        } catch {
            throw NATSError(
                .authenticationFailed, "the credentials file '\(path)' can't be read: \(error.message)", underlying: error)
        }
        defer { Secrets.wipe(&bytes) }
        return try parse(bytes.span, from: "'\(path)'", UserCredentials.init(parsing:))
    }

    private static func parse<Value>(
        _ reference: SecretReference, _ environment: ClientEnvironment,
        _ parser: (Span<UInt8>) throws(CredentialsError) -> Value
    ) throws -> Value {
        let secret = try reference.fetch(environment)
        return try parse(secret.span, from: "\(reference)", parser)
    }

    /// Says of a mistake where it is.
    private static func parse<Value>(
        _ text: Span<UInt8>, from place: String, _ parser: (Span<UInt8>) throws(CredentialsError) -> Value
    ) throws -> Value {
        do throws(CredentialsError) {
            return try parser(text)
        } catch {
            throw NATSError(.authenticationFailed, "\(error) (in \(place))", underlying: error)
        }
    }
}
