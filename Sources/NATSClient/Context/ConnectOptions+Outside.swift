import NATSProtocol
import Reactor

extension ConnectOptions {
    /// Takes the settings from outside for what the program has left at its default, and says what was taken from where.
    mutating func complete(by outside: OutsideSettings) throws(ContextError) -> ConfigurationSources {
        let values = outside.values
        var sources = ConfigurationSources(self, servers: outside.origins(of: [\.url]))
        if authentication.isAutomatic {
            let identity = try values.identity(outside.environment)
            authentication = Authentication(identity, outside.environment)
            if identity != .none { sources.record(.authentication, outside.origins(of: ContextFile.identityFields)) }
        }
        if tls == nil, let configuration = outside.tls {
            tls = configuration
            sources.record(.tls, outside.tlsOrigins)
        }
        if proxy.isAutomatic, let url = outside.proxyURL {
            proxy = .url(url)
            sources.record(.proxy, outside.origins(of: [\.socksProxy]))
        }
        if sources[.inboxPrefix].isEmpty, let prefix = values.inboxPrefix {
            inboxPrefix = prefix
            sources.record(.inboxPrefix, outside.origins(of: [\.inboxPrefix]))
        }
        if sources[.requestTimeout].isEmpty, let timeout = outside.requestTimeout {
            requestTimeout = timeout
            sources.record(.requestTimeout, [.variable("NATS_TIMEOUT")])
        }
        return sources
    }
}

extension ConfigurationSources {
    /// What the program has set, and the proxy that its option finds in the environment.
    init(_ options: ConnectOptions, servers: [Origin]) {
        self.init()
        record(.servers, servers)
        if !options.authentication.isAutomatic { record(.authentication, [.code]) }
        if options.tls != nil { record(.tls, [.code]) }
        record(.proxy, Self.origins(of: options.proxy))
        if options.inboxPrefix != ClientDefaults.inboxPrefix { record(.inboxPrefix, [.code]) }
        if options.requestTimeout != ClientDefaults.requestTimeout { record(.requestTimeout, [.code]) }
    }

    private static func origins(of proxy: ConnectOptions.Proxy) -> [Origin] {
        switch proxy.kind {
        case .none, .url: [.code]
        case .automatic: variables(["NATS_SOCKS_PROXY"])
        case .environment: variables(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
        }
    }

    /// The first of them that is set.
    private static func variables(_ names: [String]) -> [Origin] {
        names.first { ProcessEnvironment[$0] != nil }.map { [.variable($0)] } ?? []
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
