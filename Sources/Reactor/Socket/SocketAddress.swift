// An address of the kernel as a value. Unsafe invariant: pointers to `bytes` never leave the closures that made them, and
// lengths are those of the arrays.
internal import Glibc

/// An IPv4 or IPv6 address with a port, in the kernel's own form.
package struct SocketAddress: Hashable, Sendable {
    package enum Family: Hashable, Sendable { case ipv4, ipv6 }

    package let family: Family
    /// The `sockaddr`.
    let bytes: [UInt8]

    /// Reads a `sockaddr`; nil for other families.
    init?(_ address: UnsafePointer<sockaddr>, length: Int) {
        switch unsafe Int32(address.pointee.sa_family) {
        case AF_INET: family = .ipv4
        case AF_INET6: family = .ipv6
        default: return nil
        }
        unsafe bytes = Array(UnsafeRawBufferPointer(start: address, count: length))
    }

    var rawFamily: Int32 { family == .ipv4 ? AF_INET : AF_INET6 }

    func withSockaddr<R>(_ body: (UnsafeRawPointer, UInt32) -> R) -> R? {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe buffer.baseAddress.map { unsafe body($0, UInt32(buffer.count)) }
        }
    }

    /// The address of a literal such as `127.0.0.1`, `::1` or `fe80::1%eth0`; nil when it is a name. Never asks anybody.
    package init?(literal: String, port: UInt16) {
        if let address = Self(ipv4: literal, port: port) {
            self = address
            return
        }
        guard case .success(let found) = Self.lookUp(host: literal, port: port, flags: AI_NUMERICHOST),
            let first = found.first
        else { return nil }
        self = first
    }

    /// The common form, without the system's resolver and its memory.
    private init?(ipv4 literal: String, port: UInt16) {
        var address = sockaddr_in()
        guard unsafe inet_pton(AF_INET, literal, &address.sin_addr) == 1 else { return nil }
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        family = .ipv4
        bytes = unsafe withUnsafeBytes(of: &address) { unsafe Array($0) }
    }

    /// Asks the system's resolver: blocks for as long as that takes.
    static func resolve(host: String, port: UInt16) -> Outcome<[SocketAddress]> {
        lookUp(host: host, port: port, flags: 0)
    }

    private static func lookUp(host: String, port: UInt16, flags: Int32) -> Outcome<[SocketAddress]> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = flags | AI_NUMERICSERV
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &list)
        let failure = code == EAI_SYSTEM ? SystemError(operation: "getaddrinfo", errno: errno) : nil
        defer { if unsafe list != nil { unsafe freeaddrinfo(list) } }
        guard code == 0 else {
            let reason = unsafe String(cString: gai_strerror(code))
            return .failure(
                ReactorError(.resolutionFailed, "can't resolve the host \"\(host)\": \(reason)", underlying: failure))
        }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let pointer = unsafe entry.pointee.ai_addr,
                let address = unsafe SocketAddress(pointer, length: Int(entry.pointee.ai_addrlen)),
                !found.contains(address)
            {
                found.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        guard !found.isEmpty else {
            return .failure(ReactorError(.resolutionFailed, "the host \"\(host)\" has no IPv4 or IPv6 address"))
        }
        return .success(found)
    }
}

extension SocketAddress: CustomStringConvertible {
    /// The numeric address and port, for example `127.0.0.1:4222` or `[::1]:4222`.
    package var description: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST + NI_MAXSERV)) { buffer in
            guard let host = buffer.baseAddress else { return "?" }
            let service = unsafe host + Int(NI_MAXHOST)
            let code = unsafe withSockaddr { address, length in
                unsafe getnameinfo(
                    address.assumingMemoryBound(to: sockaddr.self), length, host, socklen_t(NI_MAXHOST), service,
                    socklen_t(NI_MAXSERV), NI_NUMERICHOST | NI_NUMERICSERV)
            }
            guard code == 0 else { return "?" }
            let (name, port) = unsafe (String(cString: host), String(cString: service))
            return family == .ipv6 ? "[\(name)]:\(port)" : "\(name):\(port)"
        }
    }
}
