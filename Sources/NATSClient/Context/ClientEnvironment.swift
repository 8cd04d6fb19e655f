import NATSProtocol

/// The environment variables that the NATS CLI knows, as a value: nothing here reads the process's environment.
///
/// An empty variable counts as not set. Source: `nats/main.go` and `cli/util.go` of nats-io/natscli.
package struct ClientEnvironment: Sendable {
    /// The name of a context, or the path of its file: `NATS_CONTEXT`.
    package let contextName: String?
    /// What the variables say about the connection.
    package let settings: ContextFile
    /// `NATS_TIMEOUT`, in the form of Go's durations: `5s`, `1m30s`.
    package let timeout: Duration?
    let variables: [String: String]

    package init(_ variables: [String: String]) throws(ContextError) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        self.variables = variables
        contextName = value("NATS_CONTEXT")
        var settings = ContextFile()
        settings.url = value("NATS_URL")
        settings.password = value("NATS_PASSWORD")
        settings.token = value("NATS_TOKEN")
        // The CLI takes a user without a password for a token.
        if let user = value("NATS_USER") {
            if settings.password == nil { settings.token = settings.token ?? user } else { settings.user = user }
        }
        settings.credentials = value("NATS_CREDS")
        settings.nkey = value("NATS_NKEY")
        settings.userJWT = value("NATS_JWT")
        settings.userSeed = value("NATS_SEED")
        settings.certificate = value("NATS_CERT")
        settings.key = value("NATS_KEY")
        settings.certificateAuthority = value("NATS_CA")
        settings.socksProxy = value("NATS_SOCKS_PROXY")
        self.settings = settings
        guard let text = value("NATS_TIMEOUT") else {
            timeout = nil
            return
        }
        guard let duration = GoDuration.parse(text), duration > .zero else {
            throw ContextError(.invalidValue, "NATS_TIMEOUT is no positive duration; write it like 5s or 1m30s")
        }
        timeout = duration
    }

    /// `text` with `$NAME` and `${NAME}` replaced by variables (missing ones by nothing), and then `~` or `~/` at the
    /// start by the home directory.
    package func expand(_ text: String) -> String {
        let expanded = expandVariables(text)
        guard let home = variables["HOME"], !home.isEmpty, expanded == "~" || expanded.hasPrefix("~/") else {
            return expanded
        }
        return home + expanded.dropFirst()
    }

    private func expandVariables(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            if rest.first == "{", let end = rest.firstIndex(of: "}") {
                result += variables[String(rest[..<end].dropFirst())] ?? ""
                rest = rest[end...].dropFirst()
                continue
            }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            if name.isEmpty { result += "$" } else { result += variables[String(name)] ?? "" }
            rest = rest[name.endIndex...]
        }
        return result + rest
    }
}

/// Durations as Go writes them: numbers with units, `1h15m30.5s`, `250ms`. Source: `time.ParseDuration`.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("\u{B5}s", 1e3), ("\u{3BC}s", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9),
    ]

    /// Nil unless `text` is a duration without a sign, of less than a century.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text)
        var nanoseconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest[digits.endIndex...]
            let name = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
            rest = rest[name.endIndex...]
            guard let number = Double(digits), let unit = units.first(where: { $0.name == name }) else { return nil }
            nanoseconds += number * unit.nanoseconds
        }
        guard nanoseconds < 3_600e9 * 24 * 36_500 else { return nil }
        return .nanoseconds(Int64(nanoseconds))
    }
}
