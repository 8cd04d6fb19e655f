internal import Glibc

/// What an error number means for us (house rule 29). EINTR never gets here: the C wrappers repeat the call.
enum ErrnoPolicy {
    /// io_uring is missing, forbidden or too old here: another backend works.
    static func meansRingUnavailable(_ errno: Int32) -> Bool {
        [EPERM, ENOSYS, EACCES, EINVAL, EOPNOTSUPP].contains(errno)
    }

    /// The machine has no more of something: never hidden by a fallback.
    static func meansExhaustion(_ errno: Int32) -> Bool {
        [ENOMEM, EMFILE, ENFILE, EAGAIN, ENOBUFS, ENOSPC].contains(errno)
    }
}
