// Unsafe invariant: the text buffer is used inside its closure only, and strerror_r ends it with a zero.
internal import Glibc

/// A system call that failed.
public struct SystemError: Error, Hashable, Sendable {
    /// The call, for example `connect`.
    public let operation: String
    /// The error number of the system.
    public let errno: Int32

    public init(operation: String, errno: Int32) {
        self.operation = operation
        self.errno = errno
    }

    /// The system's sentence for the error number.
    public var message: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let text = buffer.baseAddress else { return "error \(errno)" }
            unsafe text.initialize(repeating: 0, count: buffer.count)
            return unsafe strerror_r(errno, text, buffer.count) == 0 ? String(cString: text) : "error \(errno)"
        }
    }
}

extension SystemError: CustomStringConvertible {
    public var description: String { "\(operation): \(message) (errno \(errno))" }
}
