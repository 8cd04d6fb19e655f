// System calls on sockets. Unsafe invariant: pointers are used only for the duration of one call.
internal import CReactor
internal import Glibc

/// The few calls that make a socket; the backends do the rest. Failures are `SystemError`s with the call's name.
enum Socket {
    /// A non-blocking, close-on-exec stream socket with these options.
    static func make(_ family: Int32, _ options: SocketOptions) throws(SystemError) -> Int32 {
        let descriptor = try check("socket", creactor_socket(family))
        do throws(SystemError) {
            try apply(options, to: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Two connected blocking Unix stream sockets.
    static func makePair() throws(SystemError) -> (Int32, Int32) {
        var pair: [Int32] = [-1, -1]
        let result = unsafe pair.withUnsafeMutableBufferPointer { unsafe creactor_socket_pair($0.baseAddress) }
        try check("socketpair", result)
        return (pair[0], pair[1])
    }

    /// Starts to connect; true when it is done already.
    static func connect(_ descriptor: Int32, to address: SocketAddress) throws(SystemError) -> Bool {
        let result = unsafe address.withSockaddr { unsafe creactor_connect(descriptor, $0, $1) } ?? -EINVAL
        if result == -EINPROGRESS { return false }
        try check("connect", result)
        return true
    }

    static func bind(_ descriptor: Int32, to address: SocketAddress) throws(SystemError) {
        try check("bind", unsafe address.withSockaddr { unsafe creactor_bind(descriptor, $0, $1) } ?? -EINVAL)
    }

    static func makeNonBlocking(_ descriptor: Int32) throws(SystemError) {
        try check("fcntl", creactor_set_nonblocking_cloexec(descriptor))
    }

    static func close(_ descriptor: Int32) { _ = creactor_close(descriptor) }

    /// Makes `close` send a reset and drop what is unsent.
    static func resetOnClose(_ descriptor: Int32) { _ = creactor_set_linger_zero(descriptor) }

    /// The pending error as a positive errno; 0 when there is none.
    static func pendingError(_ descriptor: Int32) -> Int32 { creactor_socket_error(descriptor) }

    /// Reads what is there into the free part of a block. Returns the number of bytes, 0 at the end, or -errno.
    static func receive(_ descriptor: Int32, into cursor: borrowing BlockCursor) -> Int {
        unsafe creactor_receive(descriptor, cursor.block.base + cursor.offset, cursor.freeCount)
    }

    /// Sends what fits without waiting, without SIGPIPE. Returns the number of bytes or -errno.
    static func send(_ descriptor: Int32, _ vectors: borrowing SendVectors) -> Int {
        unsafe vectors.withPieces { unsafe creactor_send_pieces(descriptor, $0, $1) }
    }

    private static func apply(_ options: SocketOptions, to descriptor: Int32) throws(SystemError) {
        func set(_ level: Int32, _ name: Int32, _ value: Int) throws(SystemError) {
            try check("setsockopt", creactor_set_option(descriptor, level, name, Int32(clamping: value)))
        }
        let tcp = Int32(IPPROTO_TCP)
        if options.noDelay { try set(tcp, TCP_NODELAY, 1) }
        if let keepAlive = options.keepAlive {
            try set(SOL_SOCKET, SO_KEEPALIVE, 1)
            try set(tcp, TCP_KEEPIDLE, max(1, Int(keepAlive.idle.components.seconds)))
            try set(tcp, TCP_KEEPINTVL, max(1, Int(keepAlive.interval.components.seconds)))
            try set(tcp, TCP_KEEPCNT, max(1, keepAlive.count))
        }
        if let timeout = options.userTimeout {
            try set(tcp, TCP_USER_TIMEOUT, Int(clamping: timeout.clampedNanoseconds / 1_000_000))
        }
        if let size = options.sendBufferSize { try set(SOL_SOCKET, SO_SNDBUF, size) }
        if let size = options.receiveBufferSize { try set(SOL_SOCKET, SO_RCVBUF, size) }
    }

    @discardableResult
    static func check(_ operation: String, _ result: Int32) throws(SystemError) -> Int32 {
        guard result >= 0 else { throw SystemError(operation: operation, errno: -result) }
        return result
    }
}
