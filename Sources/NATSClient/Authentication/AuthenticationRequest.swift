/// What a server asks of us in one attempt to connect.
public struct AuthenticationRequest: Hashable, Sendable {
    /// The server, without credentials: `nats://host:4222`.
    public let server: String
    /// The challenge to sign; nil when the server offers none, since it knows neither NKeys nor JWTs.
    public let nonce: String?
    /// Whether the server says that it wants credentials.
    public let requiresAuthentication: Bool
}
