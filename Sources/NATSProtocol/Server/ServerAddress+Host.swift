extension ServerAddress {
    /// Splits `host`, `host:port`, `[v6]` or `[v6]:port`; no port is nil.
    static func splitHostAndPort(_ text: Substring) throws(ServerAddressError) -> (host: String, port: UInt16?) {
        let host: String
        let rest: Substring
        if text.utf8.first == UInt8(ascii: "[") {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else {
                throw invalidHost("the '[' of an IPv6 address is not closed")
            }
            host = try checkedIPv6(text[text.utf8.index(after: text.startIndex)..<end])
            rest = text[text.utf8.index(after: end)...]
            guard rest.isEmpty || rest.utf8.first == UInt8(ascii: ":") else {
                throw invalidHost("something other than a port follows the ']' of an IPv6 address")
            }
        } else {
            let name = Substring(text.utf8.prefix { $0 != UInt8(ascii: ":") })
            rest = text[name.endIndex...]
            guard !rest.utf8.dropFirst().contains(UInt8(ascii: ":")) else {
                throw invalidHost(
                    "the host has more than one ':'", advice: "Write an IPv6 address in brackets: [::1]:4222.")
            }
            host = try checkedName(name)
        }
        return (host, try checkedPort(Substring(rest.utf8.dropFirst())))
    }

    private static func checkedPort(_ text: Substring) throws(ServerAddressError) -> UInt16? {
        guard !text.isEmpty else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
            throw ServerAddressError(
                .invalidPort, "the port is not a number from 1 to 65535",
                advice: "Write it as host:4222, or leave it out; percent-encode : / ? # in credentials.")
        }
        return port
    }

    /// A DNS name (253 characters, RFC 1035; the underscore because container networks use it) or an IPv4 address.
    private static func checkedName(_ name: Substring) throws(ServerAddressError) -> String {
        guard !name.isEmpty else { throw invalidHost("the host is missing") }
        let isWellFormed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isWellFormed, name.utf8.count <= 253, !name.hasEmptyLabel else {
            throw invalidHost(
                "the host is neither a name nor a numeric address",
                advice: "Use letters, digits, '-' and '.'; write an international name in its xn-- form.")
        }
        return String(name)
    }

    /// Hexadecimal groups, colons and an IPv4 tail; a zone (`%eth0`, in URLs `%25eth0`) may follow. The resolver does
    /// the rest.
    private static func checkedIPv6(_ text: Substring) throws(ServerAddressError) -> String {
        let address = Substring(text.utf8.prefix { $0 != UInt8(ascii: "%") })
        guard IPAddress(address)?.isIPv6 == true else {
            throw invalidHost("no IPv6 address stands between the brackets")
        }
        var zone = text[address.endIndex...].dropFirst()
        guard address.endIndex != text.endIndex else { return String(address) }
        if zone.hasPrefix("25") && zone.count > 2 { zone = zone.dropFirst(2) }
        let zoneIsWellFormed = zone.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }
        guard !zone.isEmpty, zone.utf8.count <= 15, zoneIsWellFormed else {
            throw invalidHost("the zone behind the '%' of an IPv6 address is not an interface's name")
        }
        return "\(address)%\(zone)"
    }

    private static func invalidHost(
        _ message: String, advice: String = "Write it as host:4222 or [::1]:4222."
    ) -> ServerAddressError {
        ServerAddressError(.invalidHost, message, advice: advice)
    }
}

extension Substring {
    /// Whether it begins with a dot, or has two in a row.
    fileprivate var hasEmptyLabel: Bool {
        var isLabelEmpty = true
        for byte in utf8 {
            if byte == UInt8(ascii: "."), isLabelEmpty { return true }
            isLabelEmpty = byte == UInt8(ascii: ".")
        }
        return false
    }
}
