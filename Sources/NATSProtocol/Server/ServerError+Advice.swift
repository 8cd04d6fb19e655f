extension ServerError {
    /// One sentence: what to do about it.
    public var advice: String {
        switch kind {
        case .staleConnection:
            "The server got no answer to its pings in time; look for a starved client or a dead network path."
        case .authenticationTimeout:
            "The server waited too long for the credentials; look for a slow network, or raise its auth timeout."
        case .maximumConnectionsExceeded:
            "The server is full; connect to another one, or raise its max_connections."
        case .maximumAccountConnectionsExceeded:
            "The account has all its connections in use; close some, or raise the account's limit."
        case .connectionThrottled:
            "The server takes no new connection at the moment; try again later."
        case .authorizationViolation:
            "Check the user and password, the token, the key or the credentials file for this server."
        case .userAuthenticationExpired:
            "The user's credentials have expired; provide new ones."
        case .userAuthenticationRevoked:
            "The user's credentials were revoked; provide others."
        case .accountAuthenticationExpired:
            "The account has expired; its operator has to renew it."
        case .tlsRequired:
            "Use tls:// or require TLS in the options."
        case .invalidClientProtocol:
            "The server doesn't know this client's protocol; use a newer server."
        case .noRespondersRequiresHeaders, .headersNotSupported:
            "Headers are switched off on the server; enable them, or do without headers."
        case .accountRegistrationFailed:
            "The server could not bind the connection to its account; its log says why."
        case .wrongPort:
            "The port is meant for other servers; use the port for clients, 4222 by default."
        case .maximumPayloadViolation:
            "A message was bigger than the server's max_payload; send smaller ones, or raise the limit."
        case .maximumControlLineExceeded:
            "A subject, a queue group or the credentials are longer than the server's max_control_line; shorten them, "
                + "or raise the limit."
        case .unknownProtocolOperation:
            "The server could not parse what it got; look for what changes bytes on the way, else report a bug."
        case .maximumSubscriptionsExceeded:
            "The newest subscription doesn't exist on the server; use fewer, or raise the limit of subscriptions."
        case .publishPermissionViolation:
            "Allow the user to publish to this subject, or use another one."
        case .subscriptionPermissionViolation:
            text.hasSuffix("too many tokens")
                ? "Use a subject with fewer tokens, or raise the server's max_subscription_tokens."
                : "Allow the user to subscribe to this subject, or use another one."
        case .replyPermissionViolation:
            "Allow the user to publish to this reply subject, or respond within what allow_responses grants."
        case .invalidSubject:
            "The server dropped a subscription for its malformed subject; look for empty tokens and wildcards."
        case .invalidPublishSubject:
            "The subject of a publish is malformed; check for empty tokens, blanks and wildcards."
        case .unknown:
            "See the server's log for details."
        }
    }
}
