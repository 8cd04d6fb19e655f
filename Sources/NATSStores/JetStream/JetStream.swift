public import NATSClient

/// The JetStream API of a connection: streams, consumers and publishing with acknowledgement.
///
///     let js = nats.jetStream()
///     let stream = try await js.createStream(.init(name: "EVENTS", subjects: ["events.>"]))
///     let acknowledgement = try await js.publish("events.click", "…")
///
/// A value without state of its own: make one whenever it is handy. Every call has a deadline, ``timeout``, and ends at once when
/// its task is cancelled or the connection closes; after a cancelled or timed-out call nobody knows whether the server has done it.
/// Calls allocate, as their answers are JSON; publishing and consuming have paths of their own.
public struct JetStream: Sendable {
    /// The connection that all goes over.
    public let connection: NATSConnection
    /// What stands before each API subject: `$JS.API` unless it was said otherwise.
    public let prefix: String
    /// The JetStream domain, when one was named.
    public let domain: String?
    /// How long a call may take. Default: 5 s.
    public var timeout: Duration = .seconds(5)
    /// The server refuses what it would otherwise silently change (server 2.11). Default: false.
    public var isPedantic = false

    static let standardPrefix = "$JS.API"

    init(connection: NATSConnection, prefix: String, domain: String?) {
        self.connection = connection
        self.prefix = prefix
        self.domain = domain
    }
}

extension NATSConnection {
    /// The JetStream API of the server's own domain.
    ///
    /// Asks nobody: the first call says whether there is JetStream.
    public func jetStream() -> JetStream { JetStream(connection: self, prefix: JetStream.standardPrefix, domain: nil) }

    /// The JetStream API of a domain, which another part of the system may be.
    ///
    /// - Parameter domain: its name, as in the server's configuration.
    public func jetStream(domain: String) -> JetStream {
        JetStream(connection: self, prefix: "$JS.\(domain).API", domain: domain)
    }

    /// The JetStream API under subjects that another account has exported.
    ///
    /// - Parameter prefix: what stands in place of `$JS.API`, without a dot at its end.
    public func jetStream(prefix: String) -> JetStream { JetStream(connection: self, prefix: prefix, domain: nil) }
}
