import Glibc

/// A port on 127.0.0.1 that is bound and not listened on: connects are refused, and nobody else gets it.
final class UnusedPort: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws { (descriptor, port) = try boundSocket() }

    deinit { close(descriptor) }
}

/// A port on 127.0.0.1 whose kernel accepts connections and whose owner never says a word.
final class SilentPort: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        (descriptor, port) = try boundSocket()
        guard listen(descriptor, 16) == 0 else { throw PortUnavailable(code: errno) }
    }

    deinit { close(descriptor) }
}

struct PortUnavailable: Error {
    let code: Int32
}

/// The C function, by a name that says what it does; only for processes of their own.
func setEnvironment(_ name: String, _ value: String) { unsafe setenv(name, value, 1) }

private func boundSocket() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw PortUnavailable(code: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            let bound = unsafe bind(descriptor, generic, size)
            return bound == 0 ? unsafe getsockname(descriptor, generic, &size) : bound
        }
    }
    guard result == 0 else {
        close(descriptor)
        throw PortUnavailable(code: errno)
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}
