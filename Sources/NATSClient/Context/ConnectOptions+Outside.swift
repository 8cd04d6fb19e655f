import NATSProtocol

extension ConnectOptions {
    /// Takes the settings from outside for what the program has left at its default, and says what was taken from where.
    mutating func complete(by outside: OutsideSettings) throws(ContextError) -> ConfigurationSources {
        let values = outside.values
        var sources = ConfigurationSources()
        sources.record(.servers, outside.origins(of: [\.url]))
        if authentication.isAutomatic {
            let identity = try values.identity(outside.environment)
            authentication = Authentication(identity, outside.environment)
            if identity != .none { sources.record(.authentication, outside.origins(of: ContextFile.identityFields)) }
        } else {
            sources.record(.authentication, [.code])
        }
        if inboxPrefix != ClientDefaults.inboxPrefix {
            sources.record(.inboxPrefix, [.code])
        } else if let prefix = values.inboxPrefix {
            inboxPrefix = prefix
            sources.record(.inboxPrefix, outside.origins(of: [\.inboxPrefix]))
        }
        if requestTimeout != ClientDefaults.requestTimeout {
            sources.record(.requestTimeout, [.code])
        } else if let timeout = outside.requestTimeout {
            requestTimeout = timeout
            sources.record(.requestTimeout, [.variable("NATS_TIMEOUT")])
        }
        try refuseTransport(of: outside)
        return sources
    }

    /// Never silently: who configures an encrypted connection must not get another one.
    private func refuseTransport(of outside: OutsideSettings) throws(ContextError) {
        guard outside.tls == nil, outside.proxyURL == nil else {
            throw ContextError(.invalidValue, "this version can't take TLS or a proxy from the environment or a context")
        }
    }
}

extension ConnectOptions.Authentication {
    /// What `identity` says; secrets that it names elsewhere are fetched in every attempt.
    init(_ identity: ContextFile.Identity, _ environment: ClientEnvironment) {
        switch identity {
        case .none: self = .automatic
        case .user(let user, .value(let password)): self = .user(user, password: password)
        case .token(.value(let token)): self = .token(token)
        case .credentials(.file(let path)): self = .credentials(file: path)
        case .user, .token, .credentials, .nkey, .jwt: self.init(method: .reference(identity, environment))
        }
    }
}
