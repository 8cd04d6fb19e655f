import NATSProtocol
import Reactor

/// The environment variables that the NATS CLI knows. An empty variable counts as not set.
///
/// Source: `nats/main.go` and `cli/util.go` of nats-io/natscli.
package struct ClientEnvironment: Sendable {
    private let lookUp: @Sendable (String) -> String?

    /// The process's own variables, looked up when they are asked for.
    package static let process = ClientEnvironment { name in ProcessEnvironment[name] }

    package init(_ variables: [String: String]) {
        self.init { variables[$0] }
    }

    private init(lookUp: @escaping @Sendable (String) -> String?) {
        self.lookUp = lookUp
    }

    package subscript(name: String) -> String? {
        lookUp(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The name of a context, or the path of its file.
    package var contextName: String? { self["NATS_CONTEXT"] }

    /// How long replies are waited for: `NATS_TIMEOUT`, in the form of Go's durations: `5s`, `1m30s`.
    package var timeout: Duration? {
        get throws(ContextError) {
            guard let text = self["NATS_TIMEOUT"] else { return nil }
            guard let duration = GoDuration.parse(text), duration > .zero else {
                throw ContextError(.invalidValue, "NATS_TIMEOUT is no positive duration; write it like 5s or 1m30s")
            }
            return duration
        }
    }

    /// What the variables say about the connection.
    package var settings: ContextFile {
        var settings = ContextFile()
        for (name, path) in Self.variables { settings[keyPath: path] = self[name] }
        // The CLI takes a user without a password for a token.
        if settings.password == nil, let user = settings.user {
            settings.token = settings.token ?? user
            settings.user = nil
        }
        return settings
    }

    /// The variables that are set of those that say something for one of the fields.
    func names(for fields: [WritableKeyPath<ContextFile, String?>]) -> [String] {
        Self.variables.filter { fields.contains($0.field) && self[$0.name] != nil }.map(\.name)
    }

    private static var variables: [(name: String, field: WritableKeyPath<ContextFile, String?>)] {
        [
            ("NATS_URL", \.url), ("NATS_USER", \.user), ("NATS_PASSWORD", \.password), ("NATS_TOKEN", \.token),
            ("NATS_CREDS", \.credentials), ("NATS_NKEY", \.nkey), ("NATS_JWT", \.userJWT), ("NATS_SEED", \.userSeed),
            ("NATS_CERT", \.certificate), ("NATS_KEY", \.key), ("NATS_CA", \.certificateAuthority),
            ("NATS_SOCKS_PROXY", \.socksProxy),
        ]
    }
}

// MARK: - Paths

extension ClientEnvironment {
    /// `text` with `$NAME` and `${NAME}` replaced by variables (missing ones by nothing), and then `~` or `~/` at the
    /// start by the home directory.
    package func expand(_ text: String) -> String {
        let expanded = expandVariables(text)
        guard let home = self["HOME"], expanded == "~" || expanded.hasPrefix("~/") else { return expanded }
        return home + expanded.dropFirst()
    }

    private func expandVariables(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            if rest.first == "{", let end = rest.firstIndex(of: "}") {
                result += self[String(rest[..<end].dropFirst())] ?? ""
                rest = rest[end...].dropFirst()
                continue
            }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            if name.isEmpty { result += "$" } else { result += self[String(name)] ?? "" }
            rest = rest[name.endIndex...]
        }
        return result + rest
    }
}
