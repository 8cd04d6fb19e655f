/// Everything that belongs to one transport, and goes with it. A new attempt has a new link; nothing is ever reset.
struct SessionLink {
    /// The number of the transport; 0: there is none.
    let generation: UInt32
    let server: ServerAddress?
    /// The INFO received last.
    var serverInfo: ServerInfo?
    /// The servers that an INFO in the clear has named, before TLS, until one under TLS names some; nil: all came under TLS.
    var clearAnnouncement: [String]?
    /// The PINGs that wait for their PONG.
    var ledger: PingLedger
    /// Nil before the server took us, and while PINGs are switched off.
    var liveness: LivenessMonitor?
    /// The `-ERR` after which the server closes the connection.
    var closingError: ServerError?
    /// The subscriptions that were replayed and aren't confirmed yet, in the order in which they were sent.
    var replayed: [SubscriptionID] = []
    /// The `-ERR`s that refused one of the replayed subscriptions each.
    var replayRefusals: [ServerError] = []
    /// Lame duck mode was reported.
    var isLameDuck = false
    /// When the server will end the connection because the credentials end; nil: never, as far as known.
    var expiry: CredentialsExpiry?

    /// No link.
    init() {
        generation = 0
        server = nil
        ledger = PingLedger(generation: nil)
    }

    init(generation: UInt32, server: ServerAddress, serverInfo: ServerInfo? = nil) {
        self.generation = generation
        self.server = server
        self.serverInfo = serverInfo
        ledger = PingLedger(generation: generation)
    }
}

/// The life of the credentials that a link was made with.
package struct CredentialsExpiry: Equatable, Sendable {
    /// The end as the credentials themselves name it, in seconds of the wall's clock: the same for the same credentials.
    var claimedSeconds: Int64
    /// The server ends the connection. On the session's clock, so that it differs a little each time that it is worked out.
    var end: Timestamp
    /// When to have a connection with fresh ones.
    var renewal: Timestamp

    package init(claimedSeconds: Int64, end: Timestamp, renewal: Timestamp) {
        self.claimedSeconds = claimedSeconds
        self.end = end
        self.renewal = renewal
    }
}

/// Which of the two links that a session can have.
enum LinkRole: Hashable {
    /// The connection that publishes go to.
    case present
    /// The connection to which the session is moving.
    case successor
}

extension Session {
    /// The link of `generation`; nil: it was left, and what comes from it doesn't count.
    func role(of generation: UInt32) -> LinkRole? {
        if generation == link.generation { return .present }
        return generation == successor.generation && generation != 0 ? .successor : nil
    }

    /// Whether the server of `generation` took us: it may have messages for us.
    package func isEstablished(generation: UInt32) -> Bool {
        guard let role = role(of: generation) else { return false }
        return isEstablished(role)
    }

    func link(_ role: LinkRole) -> SessionLink {
        switch role {
        case .present: link
        case .successor: successor
        }
    }

    mutating func change(_ role: LinkRole, _ body: (inout SessionLink) -> Void) {
        switch role {
        case .present: body(&link)
        case .successor: body(&successor)
        }
    }

    mutating func takeGeneration() -> UInt32 {
        lastGeneration &+= 1
        return lastGeneration
    }
}
