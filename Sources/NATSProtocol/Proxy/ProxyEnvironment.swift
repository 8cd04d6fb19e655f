/// Which proxy the environment names for a server.
///
/// `HTTPS_PROXY`, else `ALL_PROXY`, unless `NO_PROXY` excepts the server. All connections are tunnels, so `HTTP_PROXY`,
/// which is for requests that a proxy reads, isn't asked. Of each variable the form in capitals comes first, then the
/// one in small letters; an empty one counts as not set.
///
/// `NO_PROXY` is a list, separated by commas: `*` for all servers; a name for itself and everything below it; a name
/// with a leading dot (or `*.`) only for what is below; a numeric address, or a network such as `10.0.0.0/8`; each of
/// them but the network with `:port` if only that port is meant. `localhost` and loopback addresses never go through a
/// proxy. Source: `golang.org/x/net/http/httpproxy`, whose rules are those that most tools follow.
package enum ProxyEnvironment {
    package static func proxy(
        forHost host: String, port: UInt16, in environment: [String: String]
    ) throws(ProxyError) -> ProxyAddress? {
        guard let text = value("HTTPS_PROXY", environment) ?? value("ALL_PROXY", environment) else { return nil }
        let exceptions = value("NO_PROXY", environment) ?? ""
        guard !isExcepted(host: host, port: port, by: exceptions) else { return nil }
        return try ProxyAddress(parsing: text)
    }

    private static func value(_ name: String, _ environment: [String: String]) -> String? {
        for name in [name, name.lowercased()] {
            if let value = environment[name]?.trimmingBlanks(), !value.isEmpty { return value }
        }
        return nil
    }

    static func isExcepted(host: String, port: UInt16, by list: String) -> Bool {
        let host = normalised(Substring(host))
        let address = IPAddress(host)
        if host == "localhost" || address?.isLoopback == true { return true }
        return list.split(separator: ",").contains { entry in
            let entry = String(entry).trimmingBlanks()
            if entry == "*" { return true }
            if let network = network(entry) {
                return address.map { network.address.agrees(with: $0, bitCount: network.bitCount) } ?? false
            }
            let (name, onlyPort) = split(Substring(entry.lowercased()))
            if let onlyPort, onlyPort != String(port) { return false }
            return matches(name, host, address)
        }
    }

    private static func matches(_ name: Substring, _ host: String, _ address: IPAddress?) -> Bool {
        if let address { return IPAddress(name).map { $0.agrees(with: address, bitCount: $0.bitCount) } ?? false }
        let pattern = name.hasPrefix("*.") ? String(name.dropFirst()) : normalised(name)
        if pattern.hasPrefix(".") { return pattern.count > 1 && host.hasSuffix(pattern) }
        return !pattern.isEmpty && (host == pattern || host.hasSuffix("." + pattern))
    }

    /// Small letters, without the dot of the root.
    private static func normalised(_ host: Substring) -> String {
        let host = host.lowercased()
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }

    private static func network(_ entry: String) -> (address: IPAddress, bitCount: Int)? {
        let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), let bitCount = Int(parts[1]) else { return nil }
        return (address, bitCount)
    }

    /// `name:port`, `[v6]:port`, or without a port; what has several colons and no brackets is an IPv6 address.
    private static func split(_ entry: Substring) -> (name: Substring, port: String?) {
        if entry.hasPrefix("["), let end = entry.firstIndex(of: "]") {
            let rest = entry[end...].dropFirst()
            return (entry[..<end].dropFirst(), rest.hasPrefix(":") ? String(rest.dropFirst()) : nil)
        }
        let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? (parts[0], String(parts[1])) : (entry, nil)
    }
}

extension IPAddress {
    fileprivate var bitCount: Int { (v4Bytes ?? bytes).count * 8 }
}
