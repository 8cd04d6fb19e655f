// What tells one content of a path from the next. Unsafe invariant: the pointer is used only for the duration of one call.
internal import Glibc

/// Which file stands at a path, and when it was written last; links are followed.
struct FileVersion: Hashable {
    let device: UInt64
    let inode: UInt64
    let byteCount: Int64
    let seconds: Int64
    let nanoseconds: Int64

    /// Nil when there is nothing that can be looked at. Blocks the thread for as long as the file system takes.
    init?(_ path: String) {
        var found = stat()
        guard unsafe stat(path, &found) == 0 else { return nil }
        device = UInt64(found.st_dev)
        inode = UInt64(found.st_ino)
        byteCount = Int64(found.st_size)
        seconds = Int64(found.st_mtim.tv_sec)
        nanoseconds = Int64(found.st_mtim.tv_nsec)
    }
}
