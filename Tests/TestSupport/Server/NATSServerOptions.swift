/// How a test's nats-server is configured. Every server listens on 127.0.0.1 only.
package struct NATSServerOptions: Sendable {
    /// User and password; the URL of the server doesn't carry them.
    package var user: String?
    package var password: String?
    /// A token instead of a user.
    package var token: String?
    /// The inside of the user's `permissions` block, for example `publish: { deny: ["secret.>"] }`. Needs a user.
    package var permissions: String?
    /// `max_payload` in bytes.
    package var maximumPayload: Int?
    /// JetStream with a store of its own, removed with the server.
    package var isJetStreamEnabled = false
    /// Debug lines in the log.
    package var isDebugLogged = false
    /// Every protocol line in the log.
    package var isTraceLogged = false
    /// The HTTP monitoring port is open.
    package var isMonitored = false
    /// Appended to the configuration file as it is.
    package var extraConfiguration = ""

    package init() {}

    /// For one-liners: `.with { $0.token = "t" }`.
    package static func with(_ change: (inout NATSServerOptions) -> Void) -> NATSServerOptions {
        var options = NATSServerOptions()
        change(&options)
        return options
    }

    /// The configuration file.
    func configuration(port: UInt16?, monitoringPort: UInt16?, folder: String) -> String {
        var lines = [
            "host: \"127.0.0.1\"",
            "port: \(port.map(String.init) ?? "-1")",
            "log_file: \"\(folder)/server.log\"",
            "ports_file_dir: \"\(folder)\"",
            "debug: \(isDebugLogged || isTraceLogged)",
            "trace: \(isTraceLogged)",
            // The shortest that the server takes; its default waits ten seconds before it sends clients away.
            "lame_duck_duration: \"30s\"",
            "lame_duck_grace_period: \"1s\"",
        ]
        if isMonitored { lines.append("http: \"127.0.0.1:\(monitoringPort.map(String.init) ?? "-1")\"") }
        if let maximumPayload {
            lines.append("max_payload: \(maximumPayload)")
            lines.append("max_pending: \(max(maximumPayload, 67_108_864))")
        }
        if isJetStreamEnabled { lines.append("jetstream: { store_dir: \"\(folder)/jetstream\" }") }
        if let token { lines.append("authorization: { token: \(quoted(token)) }") }
        if let user {
            let permissions = permissions.map { ", permissions: { \($0) }" } ?? ""
            lines.append(
                "authorization: { users: [ { user: \(quoted(user)), password: \(quoted(password ?? ""))\(permissions) } ] }"
            )
        }
        lines.append(extraConfiguration)
        return lines.joined(separator: "\n") + "\n"
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }
}
