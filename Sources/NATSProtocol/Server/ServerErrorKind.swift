/// What a server's `-ERR` means. More kinds may be added; switch with a `default`.
public enum ServerErrorKind: Hashable, Sendable, CaseIterable {
    // MARK: The server closes the connection; connecting again helps.

    /// The client left the server's PINGs unanswered.
    case staleConnection
    /// CONNECT came too late, or the server was too busy to check it.
    case authenticationTimeout
    /// The server has as many connections as it may.
    case maximumConnectionsExceeded
    /// The account has as many connections as it may.
    case maximumAccountConnectionsExceeded
    /// The server takes new connections slowly at the moment.
    case connectionThrottled

    // MARK: The server closes the connection; the credentials were refused.

    /// The credentials are unknown or wrong, or none were given.
    case authorizationViolation
    /// The user's credentials ran out, perhaps during the connection.
    case userAuthenticationExpired
    /// The user's credentials were withdrawn.
    case userAuthenticationRevoked
    /// The account's credentials ran out.
    case accountAuthenticationExpired

    // MARK: The server closes the connection; something has to be configured otherwise.

    /// The server speaks TLS only, and the client began without.
    case tlsRequired
    /// CONNECT asked for a level of the protocol that the server doesn't know.
    case invalidClientProtocol
    /// CONNECT asked for "no responders" answers without headers.
    case noRespondersRequiresHeaders
    /// A message with headers came to a server that has them switched off.
    case headersNotSupported
    /// The server couldn't bind the connection to its account.
    case accountRegistrationFailed
    /// The port is for routes, gateways or leaf nodes.
    case wrongPort

    // MARK: The server closes the connection; what was sent was wrong.

    /// A message was bigger than `max_payload`.
    case maximumPayloadViolation
    /// A line (subject, queue group, CONNECT) was longer than `max_control_line`.
    case maximumControlLineExceeded
    /// The server couldn't parse what came.
    case unknownProtocolOperation

    // MARK: The connection goes on; one operation failed.

    /// The connection has as many subscriptions as it may; the newest was refused. The text doesn't say which.
    case maximumSubscriptionsExceeded
    /// The user may not publish to the subject; the message was dropped.
    case publishPermissionViolation
    /// The user may not subscribe to the subject; there is no subscription.
    case subscriptionPermissionViolation
    /// A publish was refused for its reply subject.
    case replyPermissionViolation
    /// A subscription's subject was malformed. The text doesn't say which.
    case invalidSubject
    /// The subject of a publish was malformed (pedantic mode); the message was dropped.
    case invalidPublishSubject

    /// A text that this library doesn't know.
    case unknown
}
