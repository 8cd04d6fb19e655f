extension NATSServerOptions {
    /// The configuration file.
    ///
    /// - Parameters:
    ///   - ports: what it listens on, where it has a listener for it.
    ///   - routes: the cluster ports of other members.
    func configuration(ports: NATSServerPorts, routes: [UInt16], folder: String) -> String {
        var lines = [
            "host: \"127.0.0.1\"",
            "port: \(ports.client)",
            "log_file: \"\(folder)/server.log\"",
            "ports_file_dir: \"\(folder)\"",
            "debug: \(isDebugLogged || isTraceLogged)",
            "trace: \(isTraceLogged)",
            "lame_duck_duration: \"\(Self.text(lameDuckDuration))\"",
            "lame_duck_grace_period: \"\(Self.text(lameDuckGracePeriod))\"",
        ]
        if let name { lines.append("server_name: \"\(name)\"") }
        if let clientAdvertise { lines.append("client_advertise: \"\(clientAdvertise)\"") }
        if isMonitored { lines.append("http: \"127.0.0.1:\(ports.monitoring)\"") }
        if isJetStreamEnabled {
            lines.append("jetstream: { store_dir: \"\(folder)/jetstream\"\n\(jetStreamSettings) }")
        }
        lines += limits + access
        if let cluster {
            let others = routes.map { "\"nats://127.0.0.1:\($0)\"" }.joined(separator: ", ")
            lines.append(
                "cluster { name: \"\(cluster.name)\", host: \"127.0.0.1\", port: \(ports.cluster), "
                    + "no_advertise: \(!cluster.isAdvertised), routes: [\(others)] }")
        }
        if let tls {
            lines.append(tls.block)
            if tls.isOptional { lines.append("allow_non_tls: true") }
        }
        if let webSocket {
            lines.append(
                "websocket { host: \"127.0.0.1\", port: \(ports.webSocket), "
                    + "compression: \(webSocket.isCompressed), \(webSocket.tls?.block ?? "no_tls: true") }")
        }
        lines.append(extraConfiguration)
        return lines.joined(separator: "\n") + "\n"
    }

    private var limits: [String] {
        var lines: [String] = []
        if let maximumPayload { lines.append("max_payload: \(maximumPayload)") }
        if let maximumPending {
            lines.append("max_pending: \(maximumPending)")
        } else if let maximumPayload {
            lines.append("max_pending: \(max(maximumPayload, 67_108_864))")
        }
        if let maximumConnections { lines.append("max_connections: \(maximumConnections)") }
        if let pingInterval { lines.append("ping_interval: \"\(Self.text(pingInterval))\"") }
        if let writeDeadline { lines.append("write_deadline: \"\(Self.text(writeDeadline))\"") }
        return lines
    }

    private var access: [String] {
        var lines: [String] = []
        if let token { lines.append("authorization: { token: \"\(token)\" }") }
        if let user {
            let permissions = permissions.map { ", permissions: { \($0) }" } ?? ""
            lines.append(
                "authorization: { users: [ { user: \"\(user)\", password: \"\(password ?? "")\"\(permissions) } ] }")
        }
        if let authCallout {
            let responder = "{ user: \"\(authCallout.user)\", password: \"\(authCallout.password)\" }"
            lines.append("accounts { AUTH: { users: [ \(responder) ] }, APP: {} }")
            lines.append(
                "authorization { auth_callout { issuer: \(authCallout.issuer), account: AUTH, "
                    + "auth_users: [ \"\(authCallout.user)\" ] } }")
        }
        if let accounts { lines.append("accounts { \(accounts) }") }
        return lines
    }

    private static func text(_ duration: Duration) -> String { "\(Int(duration / .milliseconds(1)))ms" }
}

extension NATSServerOptions.TLS {
    fileprivate var block: String {
        var fields = ["cert_file: \"\(identity.certificate)\"", "key_file: \"\(identity.key)\"", "timeout: 5"]
        if let clientAuthority { fields += ["ca_file: \"\(clientAuthority.certificate)\"", "verify: true"] }
        if handshakeFirst != .never { fields.append("handshake_first: \(handshakeFirst.rawValue)") }
        if let minimumVersion { fields.append("min_version: \"\(minimumVersion)\"") }
        return "tls { \(fields.joined(separator: ", ")) }"
    }
}
