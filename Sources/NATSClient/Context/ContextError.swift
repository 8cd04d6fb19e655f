/// Why the configuration from outside (the environment, a context of the NATS CLI) can't be used. Names files, fields
/// and variables, and never what stands in them.
public struct ContextError: Error, Hashable, Sendable {
    /// The kind of mistake. More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// The name of a context is empty, or has `..`, `/` or `\` in it and isn't a path.
        public static let invalidName = Code(description: "invalidName")
        /// There is no such context.
        public static let notFound = Code(description: "notFound")
        /// The file can't be read.
        public static let unreadable = Code(description: "unreadable")
        /// The file isn't a JSON object, or one of its fields is of another type.
        public static let malformed = Code(description: "malformed")
        /// A variable or a field has a value that means nothing.
        public static let invalidValue = Code(description: "invalidValue")
        /// A secret is kept where this library can't fetch it.
        public static let unsupportedReference = Code(description: "unsupportedReference")
        /// `HOME` and `XDG_CONFIG_HOME` are both missing.
        public static let noHome = Code(description: "noHome")
    }

    /// The kind of mistake; for programs.
    public let code: Code
    /// One sentence that says what is wrong and what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ContextError: CustomStringConvertible {
    public var description: String { "context: \(message)" }
}
