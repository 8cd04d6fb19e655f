/// An error that the server sent (`-ERR`), classified.
///
/// ``text`` is always what the server said; the other properties are what this library makes of it.
/// Source: the texts of the server's `server/client.go`, `server/auth.go` and `server/errors.go`.
public struct ServerError: Error, Hashable, Sendable {
    /// What the text means to this library; `.unknown` when it doesn't know it.
    public let kind: ServerErrorKind
    /// The server's words, without the quotes around them.
    public let text: String
    /// The subject that a permission was missing for; nil when the error isn't about one.
    public package(set) var subject: String?
    /// The queue group of the refused subscription, when the server says it.
    public package(set) var queueGroup: String?
    /// The number of the refused subscription, when the server says it (after a reload of its permissions, server
    /// 2.12+).
    public package(set) var subscriptionID: UInt64?
    /// The reply subject that a publish was refused for.
    public package(set) var reply: String?

    init(kind: ServerErrorKind, text: String) {
        self.kind = kind
        self.text = text
    }

    /// True when the server closes the connection after this error. An unknown error says false: the end of the stream
    /// tells.
    public var closesConnection: Bool {
        switch kind {
        case .maximumSubscriptionsExceeded, .publishPermissionViolation, .subscriptionPermissionViolation,
            .replyPermissionViolation, .invalidSubject, .invalidPublishSubject, .unknown:
            false
        case .staleConnection, .authenticationTimeout, .maximumConnectionsExceeded, .maximumAccountConnectionsExceeded,
            .connectionThrottled, .authorizationViolation, .userAuthenticationExpired, .userAuthenticationRevoked,
            .accountAuthenticationExpired, .tlsRequired, .invalidClientProtocol, .noRespondersRequiresHeaders,
            .headersNotSupported, .accountRegistrationFailed, .wrongPort, .maximumPayloadViolation,
            .maximumControlLineExceeded, .unknownProtocolOperation:
            true
        }
    }

    /// True when the credentials were refused. A timeout of the authentication is not such a verdict.
    public var isAuthentication: Bool {
        switch kind {
        case .authorizationViolation, .userAuthenticationExpired, .userAuthenticationRevoked,
            .accountAuthenticationExpired:
            true
        default: false
        }
    }

    /// True when only one operation failed and the connection goes on.
    public var isTransient: Bool { kind != .unknown && !closesConnection }

    /// True when trying again is in vain until the client's or the server's configuration is changed.
    public var isConfiguration: Bool {
        switch kind {
        case .tlsRequired, .invalidClientProtocol, .noRespondersRequiresHeaders, .headersNotSupported,
            .accountRegistrationFailed, .wrongPort:
            true
        default: false
        }
    }
}

extension ServerError: CustomStringConvertible {
    public var description: String { "the server says '\(text)'. \(advice)" }
}
