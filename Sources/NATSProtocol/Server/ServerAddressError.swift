/// Says what is wrong with a server's address, in which part of which entry, and how to write it.
///
/// No text of the address is repeated here: a wrongly written address may show its secret in any of its parts.
public struct ServerAddressError: Error, Hashable, Sendable {
    /// The kind of mistake. More may be added.
    public struct Code: Hashable, Sendable {
        let name: Name

        /// There is no address at all.
        public static let empty = Code(name: .empty)
        /// The scheme is none of `nats`, `tls`, `ws`, `wss`.
        public static let unknownScheme = Code(name: .unknownScheme)
        /// The user, password or token is not well percent-encoded.
        public static let invalidCredentials = Code(name: .invalidCredentials)
        /// The host is missing, or is neither a name nor a numeric address.
        public static let invalidHost = Code(name: .invalidHost)
        /// The port is not a number from 1 to 65535.
        public static let invalidPort = Code(name: .invalidPort)
        /// A path, query or fragment stands where none can be.
        public static let invalidPath = Code(name: .invalidPath)
        /// WebSocket and other addresses are mixed in one list.
        public static let mixedSchemes = Code(name: .mixedSchemes)

        enum Name: String, Hashable, Sendable {
            case empty, unknownScheme, invalidCredentials, invalidHost, invalidPort, invalidPath, mixedSchemes
        }
    }

    /// The kind of mistake.
    public let code: Code
    /// Which address of the list is wrong, counted from 1.
    public private(set) var entry: Int
    /// What is wrong.
    public let message: String
    /// How to write it.
    public let advice: String

    init(_ code: Code, _ message: String, advice: String) {
        self.code = code
        self.entry = 1
        self.message = message
        self.advice = advice
    }

    /// WebSocket and other addresses on one connection.
    package static let mixed = ServerAddressError(
        .mixedSchemes, "WebSocket and other addresses are mixed",
        advice: "Use either only ws:// and wss://, or only nats:// and tls://.")

    func inEntry(_ entry: Int) -> ServerAddressError {
        var error = self
        error.entry = entry
        return error
    }
}

extension ServerAddressError: CustomStringConvertible {
    public var description: String { "server address \(entry): \(message). \(advice)" }
}

extension ServerAddressError.Code: CustomStringConvertible {
    public var description: String { name.rawValue }
}
