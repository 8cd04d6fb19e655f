/// Read by bytes, since grapheme breaking and searching of texts take half a megabyte of code and tables into memory.
///
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
        let authority = Substring(
            afterScheme.utf8.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        let resource = try Self.checkedResource(afterScheme[authority.endIndex...], scheme)

        var hostAndPort = authority
        var userInfo: Substring?
        if let at = authority.utf8.lastIndex(of: UInt8(ascii: "@")) {
            userInfo = authority[..<at]
            hostAndPort = authority[authority.utf8.index(after: at)...]
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
        for entry in texts.flatMap({ $0.utf8.split(separator: UInt8(ascii: ",")) }) {
            let text = String(Substring(entry)).trimmingBlanks()
            if text.isEmpty { continue }
            do throws(ServerAddressError) {
                let address = try ServerAddress(parsing: text)
                if let first = addresses.first, first.scheme.isWebSocket != address.scheme.isWebSocket {
                    throw ServerAddressError.mixed
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
        let name = text.utf8.prefix { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        let rest = text.utf8[name.endIndex...]
        guard rest.starts(with: "://".utf8) else { return (.nats, Substring(text)) }
        guard let scheme = ServerScheme(lettersOfAnyCase: name) else {
            throw ServerAddressError(
                .unknownScheme, "the scheme in front of '://' is unknown", advice: "Use nats, tls, ws or wss.")
        }
        return (scheme, Substring(rest.dropFirst(3)))
    }

    private static func checkedResource(
        _ text: Substring, _ scheme: ServerScheme
    ) throws(ServerAddressError) -> String {
        if text.isEmpty || text == "/" { return "" }
        // Beyond the host, an @ is most likely the end of credentials that hold a raw / or ?: the host would be the
        // secret.
        guard !text.utf8.contains(UInt8(ascii: "@")) else {
            throw ServerAddressError(
                .invalidCredentials, "an '@' stands behind the host",
                advice: "Percent-encode / ? # in user, password and token (%2F %3F %23), and @ in a path (%40).")
        }
        guard scheme.isWebSocket else {
            throw ServerAddressError(
                .invalidPath, "only WebSocket addresses have a path, query or fragment",
                advice: "End the address after the port, or use ws:// or wss://.")
        }
        guard !text.utf8.contains(UInt8(ascii: "#")), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ServerAddressError(
                .invalidPath, "the path has a fragment, a blank or a character outside ASCII",
                advice: "Drop the fragment and percent-encode the rest.")
        }
        return text.utf8.first == UInt8(ascii: "/") ? String(text) : "/" + text
    }

    private mutating func setCredentials(_ userInfo: Substring) throws(ServerAddressError) {
        guard !userInfo.isEmpty else { return }
        guard let colon = userInfo.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            token = try Self.decodedCredential(userInfo)
            return
        }
        user = try Self.decodedCredential(userInfo[..<colon])
        password = try Self.decodedCredential(userInfo[userInfo.utf8.index(after: colon)...])
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
