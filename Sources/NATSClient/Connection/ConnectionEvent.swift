public import NATSProtocol

/// What happens in the life of a connection. See ``NATSConnection/events``.
public enum ConnectionEvent: Sendable {
    /// The state at the moment of listening, then every change.
    case status(ConnectionStatus)
    /// Connected for the first time; or, for a listener that came while there is a connection: connected already.
    case connected(server: String)
    /// Connected again; all subscriptions are restored and confirmed.
    case reconnected(server: String)
    /// The connection has moved, to another server or to the same one anew, without an outage: no publish, no request and no
    /// message of a queue group was lost. Other subscriptions miss what was published in a gap of about a round trip to
    /// each of the servers. ``reconnected(server:)`` follows.
    case moved(ConnectionMove)
    /// The connection is lost; with the exact account of what was under way. Comes again, with an account of its own, for each
    /// next connection that is lost before ``reconnected(server:)``.
    case disconnected(DisconnectReport)
    /// An attempt to connect failed; another follows.
    case attemptFailed(NATSError)
    /// The files of ``ConnectOptions/tls`` can't be read again; a new connection uses what they held before.
    case tlsReloadFailed(NATSError)
    /// The server is going to stop, and asks its clients to move.
    case lameDuck(server: String)
    /// Servers of the cluster that weren't known before.
    case discoveredServers([String])
    /// The server reported an error that isn't the answer to a call.
    case serverError(ServerError)
    /// The server refused a publish. Waiting requests on the subject have failed by the same error.
    case publishDenied(subject: String, NATSError)
    /// A subscription began to drop messages. Once per episode.
    case slowConsumer(SlowConsumerReport)
    /// The subscription keeps up again; with the counts of the episode.
    case slowConsumerRecovered(SlowConsumerReport)
    /// The connection is closed; `nil` when we closed it. The last event.
    case closed(NATSError?)
}

/// A move from one connection to the next, the old one in use until the new one was ready.
public struct ConnectionMove: Sendable, Hashable {
    /// The server that was left.
    public let from: String
    /// The server that is used now; the same one when only the credentials had to be renewed.
    public let to: String
    /// Why.
    public let cause: MoveCause
}

/// What was under way when a connection was lost. Counts of publishes, requests and responses included.
public struct DisconnectReport: Sendable {
    /// Why it was lost.
    public let cause: NATSError
    /// Given to the kernel, but not confirmed: the server has them or not.
    public let unconfirmed: UInt64
    /// Kept, and sent first after the reconnect.
    public let pending: UInt64
    /// The bytes of the pending frames.
    public let pendingBytes: Int
    /// Given up by policy.
    public let discarded: UInt64
}

/// A subscription whose consumer is slower than its messages.
public struct SlowConsumerReport: Sendable {
    /// The subscription's subject or pattern.
    public let subject: String
    /// Its queue group, if any.
    public let queueGroup: String?
    /// Dropped in this episode so far.
    public let droppedMessages: UInt64
    /// The bytes of the dropped messages.
    public let droppedBytes: UInt64
}
