/// Which backend runs a loop, and why this one.
public struct BackendReport: Hashable, Sendable {
    /// A backend, by the name that `NATS_REACTOR_BACKEND` knows it by.
    public enum Kind: String, Sendable {
        /// Readiness and one system call per read and write. Works on every Linux.
        case epoll
        /// Completions in a ring shared with the kernel. Needs Linux 6.1 and the trait `IOUring`.
        case ioUring = "io_uring"
    }

    /// The backend that runs.
    public let kind: Kind
    /// One sentence: who chose it, or why the other one could not be had.
    public let reason: String

    init(kind: Kind, reason: String) {
        self.kind = kind
        self.reason = reason
    }
}

extension BackendReport: CustomStringConvertible {
    public var description: String { "\(kind.rawValue) (\(reason))" }
}
