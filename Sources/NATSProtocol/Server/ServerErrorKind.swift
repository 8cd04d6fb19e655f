/// What a server's `-ERR` means. More kinds may be added; switch with a `default`.
public enum ServerErrorKind: Hashable, Sendable, CaseIterable {
    // MARK: The server closes the connection; connecting again helps.

    case staleConnection
    case authenticationTimeout
    case maximumConnectionsExceeded
    case maximumAccountConnectionsExceeded
    case connectionThrottled

    // MARK: The server closes the connection; the credentials were refused.

    case authorizationViolation
    case userAuthenticationExpired
    case userAuthenticationRevoked
    case accountAuthenticationExpired

    // MARK: The server closes the connection; something has to be configured otherwise.

    case tlsRequired
    case invalidClientProtocol
    case noRespondersRequiresHeaders
    case headersNotSupported
    case accountRegistrationFailed
    /// The port is for routes, gateways or leaf nodes.
    case wrongPort

    // MARK: The server closes the connection; what was sent was wrong.

    case maximumPayloadViolation
    case maximumControlLineExceeded
    case unknownProtocolOperation

    // MARK: The connection goes on; one operation failed.

    case maximumSubscriptionsExceeded
    case publishPermissionViolation
    case subscriptionPermissionViolation
    /// A publish was refused for its reply subject.
    case replyPermissionViolation
    /// A subscription's subject was malformed. The text doesn't say which.
    case invalidSubject
    case invalidPublishSubject

    /// A text that this library doesn't know.
    case unknown
}
