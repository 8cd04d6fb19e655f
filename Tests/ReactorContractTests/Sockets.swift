// Sockets of the test's own, blocking with a deadline. Unsafe invariant: pointers are used for the duration of one call.
import Glibc
import Reactor

/// The other side of a stream under test: a blocking descriptor whose reads and writes give up after ten seconds.
final class Peer: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Writes everything; false when the deadline passed or the stream broke.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor, $0.baseAddress.map { unsafe $0 + offset }, bytes.count - offset, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            offset += count
        }
        return true
    }

    /// Up to `limit` bytes: fewer at the end of the stream.
    func read(_ limit: Int) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while all.count < limit {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.recv(descriptor, $0.baseAddress, min($0.count, limit - all.count), 0)
            }
            if count <= 0 { break }
            all.append(contentsOf: buffer[..<count])
        }
        return all
    }

    /// What one read says: the count, 0 at the end, or -errno.
    func readOnce() -> Int {
        var byte: UInt8 = 0
        let count = unsafe Glibc.recv(descriptor, &byte, 1, 0)
        return count < 0 ? -Int(errno) : count
    }

    func close() { Glibc.close(descriptor) }

    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(descriptor)
    }
}

/// Two connected Unix sockets: one for the loop, one for the test.
func makePair(sendBufferSize: Int32? = nil) -> (descriptor: Int32, peer: Peer) {
    var pair: [Int32] = [-1, -1]
    let result = unsafe pair.withUnsafeMutableBufferPointer {
        unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, $0.baseAddress)
    }
    precondition(result == 0, "socketpair: \(errno)")
    if var size = sendBufferSize {
        unsafe setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    return (pair[0], Peer(pair[1]))
}

/// A listener on a free loopback port.
final class Listener: Sendable {
    let descriptor: Int32
    let port: UInt16

    init(backlog: Int32 = 64) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        unsafe withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            unsafe bind(descriptor, pointer, length)
            unsafe getsockname(descriptor, pointer, &length)
        }
        listen(descriptor, backlog)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { Glibc.close(descriptor) }

    func accept() -> Peer { Peer(Glibc.accept(descriptor, nil, nil)) }

    /// Connects until the queue is full, so that the next one gets no answer at all.
    func fill() -> [Int32] {
        (0..<3).map { _ in
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = port.bigEndian
            unsafe withUnsafeBytes(of: &address) { bytes in
                let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
                _ = unsafe Glibc.connect(client, pointer, socklen_t(bytes.count))
            }
            return client
        }
    }
}

/// A port on which nobody listens.
func makeClosedPort() -> UInt16 { Listener().port }

func closeAll(_ descriptors: [Int32]) { for descriptor in descriptors { Glibc.close(descriptor) } }
func closeDescriptor(_ descriptor: Int32) { Glibc.close(descriptor) }

/// The bytes that a chunk shows now.
func copyBytes(of chunk: borrowing ReceiveChunk) -> [UInt8] { unsafe Array(chunk.bytes) }

/// A field of the calling thread's status in /proc.
func threadStatus(_ field: String) -> String? {
    guard let file = unsafe fopen("/proc/thread-self/status", "r") else { return nil }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while unsafe fgets(&line, 256, file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if text.hasPrefix(field + ":") { return String(text.dropFirst(field.count + 1)) }
    }
    return nil
}

/// The entries of a folder of /proc.
func listing(_ path: String) -> [String] {
    guard let folder = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
            unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names
}

/// How many threads of this process bear the name.
func threadCount(named name: String) -> Int {
    listing("/proc/self/task").count { task in
        guard let file = unsafe fopen("/proc/self/task/\(task)/comm", "r") else { return false }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard unsafe fgets(&line, 64, file) != nil else { return false }
        let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text == name
    }
}

/// Memory that outlives a test: what a send may point to.
@safe final class StableBytes: @unchecked Sendable {
    // Written once before it is shared.
    private let memory: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8]) {
        unsafe memory = .allocate(byteCount: bytes.count, alignment: 16)
        unsafe memory.copyBytes(from: bytes)
    }

    deinit { unsafe memory.deallocate() }

    func slice(from offset: Int) -> UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: memory[offset...]) }
}
