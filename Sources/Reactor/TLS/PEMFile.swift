// Files of the configuration. Unsafe invariant: pointers into buffers are used only for the duration of one call.
internal import Glibc

/// Reads a whole file of the configuration.
enum PEMFile {
    /// A bundle of all public authorities has 250 KB.
    private static let sizeMaximum = 16 << 20
    private static let readSize = 64 << 10

    /// The bytes of a file. Those of a key are wiped by whoever asked for them.
    static func read(_ path: String) throws(TLSError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "open") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: readSize)
        defer { Secrets.wipe(&piece) }
        while bytes.count <= sizeMaximum {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path, "read") }
            grow(&bytes, by: piece[..<count])
        }
        throw TLSError(.fileUnreadable, "\(path) has more than \(sizeMaximum >> 20) MiB").with { $0.file = path }
    }

    /// Growing an array leaves a copy of its bytes in freed memory: that copy is wiped.
    private static func grow(_ bytes: inout [UInt8], by piece: ArraySlice<UInt8>) {
        var grown: [UInt8] = []
        grown.reserveCapacity(bytes.count + piece.count)
        grown.append(contentsOf: bytes)
        grown.append(contentsOf: piece)
        Secrets.wipe(&bytes)
        bytes = grown
    }

    private static func failure(_ path: String, _ operation: String) -> TLSError {
        let error = SystemError(operation: operation, errno: errno)
        return TLSError(.fileUnreadable, "\(path) can't be read").with {
            $0.file = path
            $0.underlying = error
        }
    }
}
