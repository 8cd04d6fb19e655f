// Names of servers. Unsafe invariant: what OpenSSL allocates here is freed here.
internal import COpenSSL

/// The name that a certificate must bear.
enum TLSName {
    /// Without the brackets and the zone of an IPv6 address, and without the dot that ends a full domain name.
    static func normalised(_ host: String) -> String {
        var name = Substring(host)
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        if let zone = name.firstIndex(of: "%") { name = name[..<zone] }
        if name.hasSuffix(".") { name = name.dropLast() }
        return String(name)
    }

    /// A name that C and a handshake can carry as it is; OpenSSL looks at the rest.
    static func isPlausible(_ name: String) -> Bool { !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    static func isAddress(_ name: String) -> Bool {
        OpenSSLLibrary.prepare()
        guard let address = unsafe a2i_IPADDRESS(name) else {
            OpenSSLErrors.clear()
            return false
        }
        unsafe ASN1_OCTET_STRING_free(address)
        return true
    }
}
