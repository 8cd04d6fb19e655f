internal import Glibc
import NATSProtocol

/// Addresses of servers: what is shown leads to the same place and never shows a secret; lists agree with their entries;
/// numeric addresses are those that the C library knows.
enum AddressesTarget: FuzzTarget {
    static let name = "addresses"
    static let byteCountMax = 512

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let text = input.text
        try expectNumeric(text)
        try expectDiscovered(text)
        let list = try? ServerAddress.parseList(text)
        let address = attempt { () throws(ServerAddressError) in try ServerAddress(parsing: text) }
        if let address {
            try expectSound(address)
            if !text.utf8.contains(UInt8(ascii: ",")) { try expectEqual(list, [address], "a list of one") }
        }
        for address in list ?? [] { try expectSound(address) }
    }

    private static func expectSound(_ address: ServerAddress) throws(FuzzFinding) {
        try expect(!address.host.isEmpty && address.port > 0, "an address without host or port")
        try expect(address.host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a host that isn't printable ASCII")
        try expect(address.resource.isEmpty || address.scheme.isWebSocket, "a path where none may be")
        // A zone that begins with 25 can't be told from an escaped percent sign and the rest.
        if !address.resource.contains("?"), !address.host.contains("%25") {
            var bare = address
            (bare.user, bare.password, bare.token) = (nil, nil, nil)
            try expectEqual(try? ServerAddress(parsing: address.location), bare, "the location leads elsewhere")
        }
        var other = address
        if address.password != nil { other.password = "another secret" }
        if address.token != nil { other.token = "another secret" }
        try expectEqual("\(other)", "\(address)", "the description depends on the secret")
        try expectEqual(other.location, address.location, "the location depends on the secret")
        try expectEqual(
            address.isNumeric, isNumericByC(String(address.host.prefix { $0 != "%" })), "whether \(address.host) is a number")
    }

    /// Addresses that a server announces.
    private static func expectDiscovered(_ text: String) throws(FuzzFinding) {
        let seed = ServerAddress(scheme: .tls, host: "seed.example", port: 4222, user: "u", password: "p")
        guard let found = try? ServerAddress(discovered: text, from: seed) else { return }
        try expect(!found.host.isEmpty && found.port > 0, "a discovered address without host or port")
        try expectEqual(found.user, "u", "the user of a discovered address")
        try expectEqual(found.inheritedServerName, found.isNumeric ? "seed.example" : nil, "the name to check")
        let again = try? ServerAddress(discovered: found.hostPort, from: seed)
        try expectEqual(again?.hostPort, found.hostPort, "the key of a discovered address")
    }

    private static func expectNumeric(_ text: String) throws(FuzzFinding) {
        // Zones are ours; a NUL ends the text for C.
        guard !text.utf8.contains(UInt8(ascii: "%")), !text.utf8.contains(0) else { return }
        try expectEqual(IPAddress(text)?.bytes, bytesByC(text), "the bytes of \(text)")
    }

    private static func isNumericByC(_ host: String) -> Bool { bytesByC(host) != nil }

    private static func bytesByC(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let family = text.utf8.contains(UInt8(ascii: ":")) ? AF_INET6 : AF_INET
        guard unsafe inet_pton(family, text, &bytes) == 1 else { return nil }
        return family == AF_INET6 ? bytes : Array(bytes.prefix(4))
    }
}
