/// Where the settings of a connection come from that aren't defaults: which variable of the environment, which context.
///
/// Without any value, so that it can be logged. See ``NATSConnection/configurationSources``.
public struct ConfigurationSources: Hashable, Sendable {
    /// What can be configured from outside.
    public enum Setting: String, Hashable, Sendable, CaseIterable {
        /// The addresses of the servers.
        case servers
        /// Who we are.
        case authentication
        /// Certificates, keys and authorities for TLS, and whether its handshake comes first.
        case tls
        /// The way to the servers.
        case proxy
        /// ``ConnectOptions/inboxPrefix``
        case inboxPrefix
        /// ``ConnectOptions/requestTimeout``
        case requestTimeout
    }

    /// One place that a setting comes from.
    public enum Origin: Hashable, Sendable {
        /// An argument of `connect`, or a field of ``ConnectOptions``.
        case code
        /// A variable of the environment, by its name.
        case variable(String)
        /// The file of a context.
        case context(path: String)
    }

    private var origins: [Setting: [Origin]] = [:]

    /// The places that a setting comes from: mostly one, more when they complete each other, as a user and a password
    /// do. Empty: the default counts.
    public subscript(setting: Setting) -> [Origin] { origins[setting] ?? [] }

    mutating func record(_ setting: Setting, _ origin: [Origin]) {
        origins[setting] = origin.isEmpty ? nil : origin
    }
}

extension ConfigurationSources: CustomStringConvertible {
    /// `servers: NATS_URL; authentication: ~/.config/nats/context/production.json`
    public var description: String {
        Setting.allCases.compactMap { setting in
            guard let origins = origins[setting] else { return nil }
            return "\(setting.rawValue): \(origins.map(\.description).joined(separator: ", "))"
        }.joined(separator: "; ")
    }
}

extension ConfigurationSources.Origin: CustomStringConvertible {
    /// The name of the variable, the path of the context's file, or `code`.
    public var description: String {
        switch self {
        case .code: "code"
        case .variable(let name): name
        case .context(let path): path
        }
    }
}
