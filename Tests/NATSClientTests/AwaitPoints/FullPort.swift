// Unsafe invariant: pointers to socket addresses are used only for the duration of one call.
import Glibc

/// A port on 127.0.0.1 whose kernel takes no connection any more: a connect neither succeeds nor fails.
final class FullPort {
    struct Unavailable: Error {
        let code = errno
    }

    let port: UInt16
    private var descriptors: [Int32] = []

    init() throws {
        let listener = try Self.makeSocket()
        descriptors.append(listener)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        guard unsafe Self.call(bind, listener, &address) == 0, listen(listener, 0) == 0 else { throw Unavailable() }
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let named = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(listener, $0, &size) }
        }
        guard named == 0 else { throw Unavailable() }
        port = UInt16(bigEndian: address.sin_port)
        // A backlog of 0 takes one connection; more only begin.
        for _ in 0..<4 {
            let filler = try Self.makeSocket()
            descriptors.append(filler)
            guard unsafe Self.call(connect, filler, &address) == 0 || errno == EINPROGRESS else { throw Unavailable() }
        }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    private static func makeSocket() throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw Unavailable() }
        return descriptor
    }

    private static func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ descriptor: Int32, _ address: inout sockaddr_in
    ) -> Int32 {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe function(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
