/// A numeric address as bytes, read without a resolver.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16, the most significant first.
    package let bytes: [UInt8]

    package init?(_ text: some StringProtocol) {
        let text = Substring(text)
        guard let bytes = text.contains(":") ? Self.parseV6(text) : Self.parseV4(text) else { return nil }
        self.bytes = bytes
    }

    package var isIPv6: Bool { bytes.count == 16 }

    /// 127.0.0.0/8, ::1, and the former in the form of the latter.
    var isLoopback: Bool { v4Bytes?.first == 127 || bytes == [UInt8](repeating: 0, count: 15) + [1] }

    /// The four bytes of an IPv4 address, also of one in the form `::ffff:1.2.3.4`.
    var v4Bytes: [UInt8]? {
        if bytes.count == 4 { return bytes }
        guard bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) else { return nil }
        return [UInt8](bytes[12...])
    }

    /// Whether the first `bitCount` bits are the same; never for addresses of different sizes.
    func agrees(with other: IPAddress, bitCount: Int) -> Bool {
        let (own, others) = (v4Bytes ?? bytes, other.v4Bytes ?? other.bytes)
        guard own.count == others.count, (0...own.count * 8).contains(bitCount) else { return false }
        return own.indices.allSatisfy { index in
            let relevant = min(max(bitCount - index * 8, 0), 8)
            return (own[index] ^ others[index]) >> (8 - relevant) == 0
        }
    }

    /// Four decimal numbers; without leading zeros, which some readers take for octal.
    private static func parseV4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part -> UInt8? in
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), part.count == 1 || part.first != "0" else {
                return nil
            }
            return UInt8(part)
        }
        return bytes.count == 4 ? bytes : nil
    }

    /// Groups of hexadecimal digits with at most one `::`, and maybe an IPv4 address at the end (RFC 4291 section 2.2).
    /// A zone isn't part of the address.
    private static func parseV6(_ text: Substring) -> [UInt8]? {
        let text = text.prefix { $0 != "%" }
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = groups(halves[0], isLast: halves.count == 1) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], isLast: true), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: Substring, isLast: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, part.contains(".") {
                guard let tail = parseV4(part) else { return nil }
                bytes += tail
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(\.isHexadecimal),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(truncatingIfNeeded: group >> 8), UInt8(truncatingIfNeeded: group)]
            }
        }
        return bytes
    }
}

extension UInt8 {
    fileprivate var isHexadecimal: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}
