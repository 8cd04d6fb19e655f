// Small files. Unsafe invariant: pointers into buffers are used only for the duration of one call.
internal import Glibc

/// Reads small files whole: certificates, keys, credentials, contexts. The only file input of the library.
package enum FileReader {
    private static let readSize = 64 << 10

    /// The bytes of a file. Blocks the thread for as long as the file system takes.
    ///
    /// Leaves no copy of the bytes behind; the caller wipes what it got (``Secrets/wipe(_:)``).
    /// Throws the system's error; `EFBIG` when there are more bytes than `sizeMaximum`; ``SystemError/irregularFile`` for a
    /// FIFO or a device, since nobody knows whether reading it ever ends.
    package static func read(_ path: String, sizeMaximum: Int) throws(SystemError) -> [UInt8] {
        // Without blocking: opening a FIFO waits for a writer. For a regular file this changes nothing.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError(operation: "open", errno: errno) }
        defer { close(descriptor) }
        try requireRegularFile(descriptor)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: readSize)
        defer { Secrets.wipe(&piece) }
        while bytes.count <= sizeMaximum {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = SystemError(operation: "read", errno: errno)
                Secrets.wipe(&bytes)
                throw error
            }
            grow(&bytes, by: piece[..<count])
        }
        Secrets.wipe(&bytes)
        throw SystemError(operation: "read", errno: EFBIG)
    }

    private static func requireRegularFile(_ descriptor: Int32) throws(SystemError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError(operation: "fstat", errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw SystemError(operation: "read", errno: EISDIR)
        default: throw .irregularFile
        }
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
}

extension SystemError {
    /// A path leads to something that isn't a regular file, and no directory either.
    package static let irregularFile = SystemError(operation: "open a regular file", errno: ENOTSUP)

    /// Whether a path leads to nothing.
    package var isMissingFile: Bool { errno == ENOENT || errno == ENOTDIR }
}
