// Files of any size. Unsafe invariant: pointers into buffers are used only for the duration of one call.
internal import Glibc

/// A file that is written or read from front to back. Every call blocks the thread for as long as the file system takes.
package final class SequentialFile: Sendable {
    private let descriptor: Int32

    /// Makes a file, or empties one that is there.
    ///
    /// - Parameter isPrivate: only its owner may read it. Otherwise the process's mask decides.
    package init(writing path: String, isPrivate: Bool = true) throws(SystemError) {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, isPrivate ? 0o600 : 0o666)
        guard descriptor >= 0 else { throw SystemError(operation: "open", errno: errno) }
    }

    /// Opens a file to go on behind its end; one that isn't there is made.
    package init(appendingTo path: String) throws(SystemError) {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw SystemError(operation: "open", errno: errno) }
    }

    package init(reading path: String) throws(SystemError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(operation: "open", errno: errno) }
    }

    deinit { close(descriptor) }

    /// How many bytes it has.
    package func size() throws(SystemError) -> Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError(operation: "fstat", errno: errno) }
        return Int(status.st_size)
    }

    package func write(_ bytes: Span<UInt8>) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.extracting(written...).withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError(operation: "write", errno: errno) }
            written += count
        }
    }

    /// The next bytes, `count` of them unless the file ends; none at its end.
    package func read(_ count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let step = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress.map { unsafe $0 + filled }, count - filled)
            }
            if step < 0, errno == EINTR { continue }
            guard step >= 0 else { throw SystemError(operation: "read", errno: errno) }
            if step == 0 { break }
            filled += step
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Returns when what was written is on the disk.
    package func synchronize() throws(SystemError) {
        guard fsync(descriptor) == 0 else { throw SystemError(operation: "fsync", errno: errno) }
    }

    /// Makes a folder; one that is there is as good. The folder that it is in must be there.
    package static func makeFolder(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw SystemError(operation: "mkdir", errno: errno)
    }

    /// Gives a file another name; a file that has that name is replaced in one step.
    package static func rename(_ path: String, to newPath: String) throws(SystemError) {
        guard unsafe Glibc.rename(path, newPath) != 0 else { return }
        throw SystemError(operation: "rename", errno: errno)
    }

    /// Removes a file; one that isn't there is as good.
    package static func remove(_ path: String) throws(SystemError) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw SystemError(operation: "unlink", errno: errno)
    }
}
