/// Where a server is, and the credentials that stand in its address.
///
/// Made from text by ``init(parsing:)`` and ``parseList(_:)``, or from the `host:port` that a server's INFO announces.
/// Two addresses are the same server when their ``hostPort`` is the same.
package struct ServerAddress: Hashable, Sendable {
    package var scheme: ServerScheme
    /// A name, or a numeric IPv4 or IPv6 address, without brackets; as it was written.
    package var host: String
    package var port: UInt16
    /// Path and query of a WebSocket address, from the first `/` on; empty when there is none.
    package var resource: String
    /// Percent-decoded, as are `password` and `token`.
    package var user: String?
    package var password: String?
    package var token: String?
    /// The name that the server's certificate must bear when it is not `host`: the seed's name for an announced number.
    package var inheritedServerName: String?

    package init(
        scheme: ServerScheme = .nats, host: String, port: UInt16? = nil, resource: String = "",
        user: String? = nil, password: String? = nil, token: String? = nil
    ) {
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
        self.resource = resource
        self.user = user
        self.password = password
        self.token = token
    }

    /// The key by which servers are compared: `host:port` in lower case, an IPv6 address in brackets.
    package var hostPort: String {
        var text = ByteBuffer(minimumCapacity: 64)
        if isIPv6 { text.append(UInt8(ascii: "[")) }
        // A host is ASCII, as the parser has checked.
        for byte in host.utf8 { text.append(0x41...0x5A ~= byte ? byte | 0x20 : byte) }
        if isIPv6 { text.append(UInt8(ascii: "]")) }
        text.append(UInt8(ascii: ":"))
        text.append(decimal: UInt64(port))
        return String(decoding: Session.bytes(of: text), as: UTF8.self)
    }

    /// The name for SNI and for the check of the certificate.
    package var tlsServerName: String { inheritedServerName ?? host }

    package var hasCredentials: Bool { user != nil || token != nil }

    /// True when `host` is a number, so that it needs no lookup and no SNI.
    package var isNumeric: Bool { IPAddress(host) != nil }

    private var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }
}

/// Descriptions never show a password or a token, nor the query of a WebSocket address, which often carries one.
extension ServerAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let credentials =
            if token != nil { "***@" } else if let user { password == nil ? "\(user)@" : "\(user):***@" } else { "" }
        return location(credentials: credentials)
    }

    /// The description without any credentials: what users see.
    package var location: String { location(credentials: "") }

    private func location(credentials: String) -> String {
        let bracketed = isIPv6 ? "[\(host)]" : host
        var path = resource
        if let query = path.firstIndex(of: "?") { path = path[..<query] + "?***" }
        return "\(scheme.rawValue)://\(credentials)\(bracketed):\(port)\(path)"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: ["address": description], displayStyle: .struct) }
}
