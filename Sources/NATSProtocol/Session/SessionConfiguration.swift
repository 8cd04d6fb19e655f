/// What a session needs to know from the user. Intervals in nanoseconds; every field has the library's default.
package struct SessionConfiguration: Equatable, Sendable {
    /// How to authenticate when the server's address carries no credentials of its own.
    package enum Authentication: Equatable, Sendable {
        case none
        case token(String)
        case userPassword(user: String, password: String)
        /// NKey, JWT, or what a provider says: the driver is asked in each attempt (`authenticate`).
        case provided
    }

    /// The client's name in the server's reports.
    package var name: String?
    package var lang = "swift"
    package var version = "0.1.0"
    /// The server acknowledges each frame by +OK.
    package var verbose = false
    /// The server checks subjects strictly.
    package var pedantic = false
    /// The server sends a client its own messages back.
    package var echo = true
    /// Refuse servers without TLS.
    package var tlsRequired = false
    /// TLS begins before INFO.
    package var tlsFirst = false
    /// Try the servers in the order given.
    package var noRandomize = false
    /// Don't learn servers from INFO.
    package var ignoreDiscovered = false
    package var authentication = Authentication.none
    /// From name resolution to the first PONG, and again from there to the confirmation of the replayed subscriptions.
    /// 5 s.
    package var connectTimeoutNanoseconds: UInt64 = 5_000_000_000
    /// How long a server may be silent before it is asked. 30 s; 0: never ask.
    package var pingIntervalNanoseconds: UInt64 = 30_000_000_000
    /// Unanswered PINGs that are tolerated. 2.
    package var maximumPingsOutstanding = 2
    /// How long `close` waits for the server to confirm the last publishes. 2 s; 0: not at all.
    package var closeFlushNanoseconds: UInt64 = 2_000_000_000
    /// How long a server that announced the end of the connection may take to end it. 1 s.
    package var serverCloseGraceNanoseconds: UInt64 = 1_000_000_000
    package var reconnect = ReconnectPolicy()
    /// Move to another server when this one announces its end; else only report it.
    package var movesOnLameDuck = true
    /// Move to a connection with fresh credentials before the server ends this one.
    package var renewsCredentials = true
    /// The longest pause before a move that nobody waits for, so that the clients of a server don't move at once. 2 s.
    package var moveJitterNanoseconds: UInt64 = 2_000_000_000
    /// How long the server that `reconnect()` leaves may take to confirm the last publishes. 2 s; for other moves it is
    /// the connect timeout.
    package var requestedHandoverNanoseconds: UInt64 = 2_000_000_000
    /// How long queue groups and the request inbox stay on both servers of a cluster, so that the others learn of the new
    /// place before the old one goes. 1 s: a starved machine took longer than a quarter of that.
    package var moveOverlapNanoseconds: UInt64 = 1_000_000_000
    /// The driver is asked which server is next (`chooseServer`).
    package var choosesServers = false

    package init() {}
}

/// Descriptions never show secrets.
extension SessionConfiguration.Authentication: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .none: "none"
        case .token: "token(hidden)"
        case .userPassword(let user, _): "user \(user)"
        case .provided: "provided"
        }
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: ["kind": description], displayStyle: .enum) }
}
