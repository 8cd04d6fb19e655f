/// Which backend runs a loop, and why this one.
public struct BackendReport: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case epoll
        case ioUring = "io_uring"
    }

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
