internal import Glibc

/// The environment variables of the process.
package enum ProcessEnvironment {
    /// The value of a variable, `nil` when unset or empty.
    package static subscript(name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}
