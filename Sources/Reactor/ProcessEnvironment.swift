/// The environment variables of the process.
package enum ProcessEnvironment {
    /// The value of a variable; nil when it is unset or empty.
    package static subscript(name: String) -> String? {
        guard let text = CText.environmentValue(name), !text.isEmpty else { return nil }
        return text
    }
}
