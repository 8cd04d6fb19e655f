/// Address grammar:
/// `[scheme "://"] [user [":" password] "@"] host [":" port] [path] ["?" query]`, scheme one of nats, tls, ws, wss.
extension ServerAddress {
    /// Reads one address. Credentials are percent-decoded; a user without a password is a token.
    package init(parsing text: String) throws(ServerAddressError) {
        let text = text.trimmingBlanks()
        guard !text.isEmpty else {
            throw ServerAddressError(.empty, "there is no address", advice: "Write it as nats://host:4222.")
        }
        let (scheme, afterScheme) = try Self.splitScheme(text)
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let resource = try Self.checkedResource(afterScheme[authority.endIndex...], scheme)

        var hostAndPort = authority
        var userInfo: Substring?
        if let at = authority.lastIndex(of: "@") {
            userInfo = authority[..<at]
            hostAndPort = authority[authority.index(after: at)...]
        }
        let (host, port) = try Self.splitHostAndPort(hostAndPort)
        self.init(scheme: scheme, host: host, port: port, resource: resource)
        if let userInfo { try setCredentials(userInfo) }
    }

    /// Reads addresses separated by commas. Blanks around them and empty ones are skipped.
    package static func parseList(_ text: String) throws(ServerAddressError) -> [ServerAddress] {
        try parseList([text])
    }

    /// Reads addresses of which each may again be a list; refuses a mix of WebSocket and other ones.
    package static func parseList(_ texts: [String]) throws(ServerAddressError) -> [ServerAddress] {
        var addresses: [ServerAddress] = []
        for text in texts.flatMap({ $0.split(separator: ",") }) where !String(text).trimmingBlanks().isEmpty {
            do throws(ServerAddressError) {
                let address = try ServerAddress(parsing: String(text))
                if let first = addresses.first, first.scheme.isWebSocket != address.scheme.isWebSocket {
                    throw ServerAddressError(
                        .mixedSchemes, "WebSocket and other addresses are mixed",
                        advice: "Use either only ws:// and wss://, or only nats:// and tls://.")
                }
                addresses.append(address)
            } catch {
                throw error.inEntry(addresses.count + 1)
            }
        }
        guard !addresses.isEmpty else {
            throw ServerAddressError(.empty, "there is no address", advice: "Write it as nats://host:4222.")
        }
        return addresses
    }

    /// Reads the `host:port` that a server announced, and takes the rest from the address of the current connection.
    ///
    /// An announced number keeps the name that the current server's certificate was checked by.
    package init(discovered hostPort: String, from current: ServerAddress) throws(ServerAddressError) {
        let (host, port) = try Self.splitHostAndPort(Substring(hostPort.trimmingBlanks()))
        self.init(
            scheme: current.scheme, host: host, port: port, resource: current.resource, user: current.user,
            password: current.password, token: current.token)
        let seedIsName = current.inheritedServerName != nil || !current.isNumeric
        if isNumeric && seedIsName { inheritedServerName = current.tlsServerName }
    }

    /// A scheme is letters, digits, `+`, `-` and `.` in front of `://`; anything else in front belongs to the
    /// credentials.
    private static func splitScheme(_ text: String) throws(ServerAddressError) -> (ServerScheme, Substring) {
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "-" || $0 == ".") }
        let rest = text[name.endIndex...]
        guard rest.hasPrefix("://") else { return (.nats, Substring(text)) }
        guard let scheme = ServerScheme(rawValue: name.lowercased()) else {
            throw ServerAddressError(
                .unknownScheme, "the scheme in front of '://' is unknown", advice: "Use nats, tls, ws or wss.")
        }
        return (scheme, rest.dropFirst(3))
    }

    private static func checkedResource(
        _ text: Substring, _ scheme: ServerScheme
    ) throws(ServerAddressError) -> String {
        if text.isEmpty || text == "/" { return "" }
        // Beyond the host, an @ is most likely the end of credentials that hold a raw / or ?: the host would be the
        // secret.
        guard !text.contains("@") else {
            throw ServerAddressError(
                .invalidCredentials, "an '@' stands behind the host",
                advice: "Percent-encode / ? # in user, password and token (%2F %3F %23), and @ in a path (%40).")
        }
        guard scheme.isWebSocket else {
            throw ServerAddressError(
                .invalidPath, "only WebSocket addresses have a path, query or fragment",
                advice: "End the address after the port, or use ws:// or wss://.")
        }
        guard !text.contains("#"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ServerAddressError(
                .invalidPath, "the path has a fragment, a blank or a character outside ASCII",
                advice: "Drop the fragment and percent-encode the rest.")
        }
        return text.hasPrefix("/") ? String(text) : "/" + text
    }

    private mutating func setCredentials(_ userInfo: Substring) throws(ServerAddressError) {
        guard !userInfo.isEmpty else { return }
        guard let colon = userInfo.firstIndex(of: ":") else {
            token = try Self.decodedCredential(userInfo)
            return
        }
        user = try Self.decodedCredential(userInfo[..<colon])
        password = try Self.decodedCredential(userInfo[userInfo.index(after: colon)...])
    }

    private static func decodedCredential(_ text: Substring) throws(ServerAddressError) -> String {
        guard let decoded = text.percentDecoded() else {
            throw ServerAddressError(
                .invalidCredentials,
                "the credentials hold a '%' that isn't followed by two hexadecimal digits, "
                    + "or bytes that aren't UTF-8",
                advice: "Percent-encode the credentials; a '%' itself is %25.")
        }
        return decoded
    }
}
