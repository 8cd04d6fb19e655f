/// Says what a credentials text lacks and in which line, without a character of what stands there.
public struct CredentialsError: Error, Hashable, Sendable {
    /// The kind of mistake. More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// There is nothing but blanks.
        public static let empty = Code(description: "empty")
        /// No block holds a JWT.
        public static let missingJWT = Code(description: "missingJWT")
        /// No block holds a seed.
        public static let missingSeed = Code(description: "missingSeed")
        /// A block has no closing line; the text may have been cut off.
        public static let unterminated = Code(description: "unterminated")
        /// The JWT isn't three parts of base 64, or its claims can't be read.
        public static let malformedJWT = Code(description: "malformedJWT")
        /// The seed isn't sound, or not one of a user.
        public static let invalidSeed = Code(description: "invalidSeed")
    }

    /// The kind of mistake; for programs.
    public let code: Code
    /// One sentence that says what is wrong and what should stand there.
    public let message: String
    /// The line that is concerned, counted from 1.
    public let line: Int?
    /// What is wrong with the seed.
    public let key: NKeyError?

    init(_ code: Code, _ message: String, line: Int? = nil, key: NKeyError? = nil) {
        self.code = code
        self.message = message
        self.line = line
        self.key = key
    }
}

extension CredentialsError: CustomStringConvertible {
    public var description: String {
        var text = "credentials: \(message)"
        if let line { text += " (line \(line))" }
        if let key { text += ": \(key.message)" }
        return text
    }
}
