import CTestSupport
import Glibc

/// A failed socket call.
package struct SocketError: Error, CustomStringConvertible {
    package let description: String

    init(operation: String, code: Int32 = errno) {
        description = unsafe "\(operation): \(String(cString: strerror(code)))"
    }
}

/// A non-blocking TCP socket on loopback that one thread owns; closed with its owner.
final class Socket {
    enum ReadResult {
        case bytes([UInt8])
        case end
        case wouldBlock
        case failed(SocketError)
    }

    let descriptor: Int32

    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// A listening descriptor on 127.0.0.1 and its port (any free one for 0).
    static func listen(port: UInt16 = 0) throws(SocketError) -> (descriptor: Int32, port: UInt16) {
        let bound = try bind(port: port)
        guard Glibc.listen(bound.descriptor, 128) == 0 else {
            let error = SocketError(operation: "listen on port \(bound.port)")
            close(bound.descriptor)
            throw error
        }
        return bound
    }

    /// A descriptor bound to 127.0.0.1, not listening, and its port (any free one for 0).
    ///
    /// - Parameter isShared: whether others that say the same may be bound to the port as long as none listens.
    static func bind(port: UInt16 = 0, isShared: Bool = true) throws(SocketError) -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | socketFlags, 0)
        guard descriptor >= 0 else { throw SocketError(operation: "socket") }
        var isReusable: Int32 = isShared ? 1 : 0
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isReusable, socklen_t(MemoryLayout<Int32>.size))
        var address = loopback(port: port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else {
            let error = SocketError(operation: "bind port \(port)")
            close(descriptor)
            throw error
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// Connects to a port on 127.0.0.1; loopback answers at once, so this blocks.
    static func connect(port: UInt16) throws(SocketError) -> Socket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw SocketError(operation: "socket") }
        let connected = Socket(owning: descriptor)
        var address = loopback(port: port)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw SocketError(operation: "connect to port \(port)") }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        disableDelay(descriptor)
        return connected
    }

    /// The next connection of a listening socket, or nil when none waits.
    func accept() -> Socket? { acceptDescriptor().map(Socket.init(owning:)) }

    /// As `accept()`, for a connection that another thread will own.
    func acceptDescriptor() -> Int32? {
        let accepted = ctest_accept(descriptor)
        guard accepted >= 0 else { return nil }
        Self.disableDelay(accepted)
        return accepted
    }

    func read(atMost count: Int) -> ReadResult {
        var failure: Int32 = 0
        var isEnd = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let got = unsafe recv(descriptor, buffer.baseAddress, count, 0)
            failure = got < 0 ? errno : 0
            isEnd = got == 0
            initialized = max(0, got)
        }
        if isEnd { return .end }
        switch failure {
        case 0: return .bytes(bytes)
        case EAGAIN, EINTR: return .wouldBlock
        default: return .failed(SocketError(operation: "recv", code: failure))
        }
    }

    /// How many of the bytes the kernel took (0: none for now), or nil when the connection is gone.
    func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        if sent >= 0 { return sent }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// FIN: the peer reads the end after everything sent so far.
    func shutdownWrites() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// RST now; the descriptor stays ours until the owner goes.
    ///
    /// Connecting a socket to "no address" is how Linux resets a connection without closing its descriptor.
    func abort() {
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        unsafe _ = Glibc.connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// RST instead of FIN when the socket closes.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    private static func disableDelay(_ descriptor: Int32) {
        var enabled: Int32 = 1
        unsafe setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &enabled, socklen_t(MemoryLayout<Int32>.size))
    }

    private static var socketFlags: Int32 { O_CLOEXEC | O_NONBLOCK }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
