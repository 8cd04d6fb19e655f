/// A system call that failed.
public struct SystemError: Error, Hashable, Sendable {
    /// The call, for example `connect`.
    public let operation: String
    /// The error number of the system, positive: `ECONNREFUSED` is 111 on Linux.
    public let errno: Int32

    /// An error of the call `operation` with this error number.
    public init(operation: String, errno: Int32) {
        self.operation = operation
        self.errno = errno
    }

    /// The system's sentence for the error number.
    public var message: String {
        self == .irregularFile ? "it isn't a regular file" : CText.errorMessage(errno)
    }
}

extension SystemError: CustomStringConvertible {
    public var description: String { "\(operation): \(message) (errno \(errno))" }
}
