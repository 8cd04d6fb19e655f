// Texts that the C library owns or writes. Unsafe invariant: a text is copied into a String before anything else is called, and
// each is ended by a zero; the buffer of `errorMessage` is used inside its closure only.
internal import Glibc

enum CText {
    /// The value of an environment variable; nil when it is unset.
    static func environmentValue(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// The system's sentence for an error number.
    static func errorMessage(_ errno: Int32) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let text = buffer.baseAddress else { return "error \(errno)" }
            unsafe text.initialize(repeating: 0, count: buffer.count)
            return unsafe strerror_r(errno, text, buffer.count) == 0 ? String(cString: text) : "error \(errno)"
        }
    }
}
