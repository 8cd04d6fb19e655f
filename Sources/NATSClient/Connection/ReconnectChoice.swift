public import NATSProtocol

/// A server that a connection may use.
public struct KnownServer: Sendable, Hashable {
    /// As a URL, without credentials.
    public let url: String
    /// Given by the user, not learnt from a server.
    public let isExplicit: Bool
    /// Failed attempts since the last success.
    public let failedAttempts: Int
    /// The server has announced its end.
    public let isLameDuck: Bool

    init(_ candidate: ServerChoiceRequest.Candidate) {
        url = candidate.server.location
        isExplicit = candidate.isExplicit
        failedAttempts = candidate.failedAttempts
        isLameDuck = candidate.isLameDuck
    }
}

/// What ``ConnectOptions/Reconnect/chooseServer`` is told.
public struct ReconnectChoiceContext: Sendable {
    /// Every server that the client knows, in the order in which it would try them.
    public let servers: [KnownServer]
    /// The server of the present connection, or of the last one.
    public let lastServer: String?
    /// What failed last; `nil` if nothing did.
    public let lastError: NATSError?
    /// Why the connection moves, if it still exists; `nil`: there is none.
    public let move: MoveCause?
    /// The server that is next if nothing else is chosen.
    public let proposedServer: String
    /// The pause before it.
    public let proposedDelay: Duration
}

/// The answer of ``ConnectOptions/Reconnect/chooseServer``.
public struct ReconnectChoice: Sendable, Hashable {
    /// A URL; may be of a server that the client doesn't know. `nil`: the one proposed.
    public var server: String?
    /// The pause before the attempt. `nil`: the one proposed.
    public var delay: Duration?

    /// A choice; what isn't said stays as proposed.
    ///
    /// So does a server that can't be used, because its URL can't be read or because the options forbid it
    /// (``NATSConnection/setServers(_:)`` says what); ``ConnectionEvent/attemptFailed(_:)`` tells of it.
    public init(server: String? = nil, delay: Duration? = nil) {
        self.server = server
        self.delay = delay
    }
}

/// Descriptions never show the credentials of a URL.
extension ReconnectChoice: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The server without credentials, and the pause.
    public var description: String {
        let shown = server.map { url in (try? ServerAddress(parsing: url)).map(\.location) ?? "a URL that can't be read" }
        return "server: \(shown ?? "as proposed"), delay: \(delay.map { "\($0)" } ?? "as proposed")"
    }
    /// As ``description``: never credentials.
    public var debugDescription: String { description }
    /// Shows the description only, since a URL may hold a password.
    public var customMirror: Mirror { Mirror(self, children: ["choice": description], displayStyle: .struct) }
}
