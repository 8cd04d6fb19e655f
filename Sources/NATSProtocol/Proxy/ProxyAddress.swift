/// Where a proxy is and how it is spoken to.
package struct ProxyAddress: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// CONNECT over HTTP/1.1.
        case http
        /// RFC 1928; names are resolved by the proxy.
        case socks5
    }

    package struct Credentials: Hashable, Sendable {
        package let user: String
        package let password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    package let kind: Kind
    /// A name or a numeric address, without brackets.
    package let host: String
    package let port: UInt16
    package let credentials: Credentials?

    package init(kind: Kind, host: String, port: UInt16? = nil, credentials: Credentials? = nil) {
        self.kind = kind
        self.host = host
        self.port = port ?? (kind == .http ? 80 : 1080)
        self.credentials = credentials
    }

    /// Reads `[scheme "://"] [user [":" password] "@"] host [":" port] ["/"]`, where the scheme is `http`, `socks5` or
    /// `socks5h`; both of the latter let the proxy resolve names. Credentials are percent-decoded. Default ports: 80 and
    /// 1080.
    package init(parsing text: String, default kind: Kind = .http) throws(ProxyError) {
        let text = text.trimmingBlanks()
        var rest = Substring(text)
        var kind = kind
        if let separator = text.firstRange(of: "://") {
            switch text[..<separator.lowerBound].lowercased() {
            case "http": kind = .http
            case "socks5", "socks5h": kind = .socks5
            default: throw .unknownScheme
            }
            rest = text[separator.upperBound...]
        }
        if rest.last == "/" { rest.removeLast() }
        var credentials: Credentials?
        if let at = rest.lastIndex(of: "@") {
            credentials = try Self.credentials(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        guard !rest.contains(where: { "/?#".contains($0) }) else { throw .unexpectedPath }
        do throws(ServerAddressError) {
            let (host, port) = try ServerAddress.splitHostAndPort(rest)
            self.init(kind: kind, host: host, port: port, credentials: credentials)
        } catch {
            throw .malformedAddress(error)
        }
    }

    private static func credentials(_ text: Substring) throws(ProxyError) -> Credentials {
        let user = text.prefix { $0 != ":" }
        guard let name = user.percentDecoded(), let password = text[user.endIndex...].dropFirst().percentDecoded(),
            !name.isEmpty
        else { throw .unusableCredentials }
        return Credentials(user: name, password: password)
    }
}

/// Descriptions never show the password.
extension ProxyAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(kind.rawValue)://\(credentials.map { "\($0.user):***@" } ?? "")\(name):\(port)"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["address": description], displayStyle: .struct) }
}

extension ProxyAddress.Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(user):***" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["user": user], displayStyle: .struct) }
}
