/// Counters of a connection since its beginning, across reconnects. A snapshot.
///
/// The outbound account is exact at every moment:
/// `publishesAccepted = publishesFenced + publishesUnconfirmed + publishesLostUnknown + publishesDiscarded +
/// publishesPending`.
public struct ConnectionStatistics: Sendable {
    // MARK: Outbound. Publishes include requests and responses.
    /// Taken for sending.
    public let publishesAccepted: UInt64
    /// Frame bytes of the accepted publishes.
    public let bytesAccepted: UInt64
    /// Whole frames given to the kernel, on all connections together.
    public let publishesWritten: UInt64
    /// Written, and confirmed to be at the server by a later PONG (flush or liveness).
    public let publishesFenced: UInt64
    /// Written on the present connection, not confirmed yet.
    public let publishesUnconfirmed: UInt64
    /// Written on a connection that was lost before they were confirmed: the server has them or not.
    public let publishesLostUnknown: UInt64
    /// Given up before they were written, by policy.
    public let publishesDiscarded: UInt64
    /// Accepted, waiting to be written.
    public let publishesPending: UInt64
    /// Bytes waiting to be written.
    public let pendingBytes: Int
    /// Refused at the high-water mark under `.dropNewest`. Never accepted.
    public let publishesDropped: UInt64
    /// Bytes given to the kernel, protocol traffic included.
    public let bytesWritten: UInt64
    /// Send operations; `bytesWritten / sends` tells how well messages are gathered.
    public let sends: UInt64

    // MARK: Inbound
    /// Messages that arrived, dropped ones and replies included.
    public let messagesReceived: UInt64
    /// Bytes that arrived, protocol traffic included.
    public let bytesReceived: UInt64
    /// Dropped by full subscriptions.
    public let messagesDropped: UInt64
    /// Came for subscriptions that had ended.
    public let messagesForEndedSubscriptions: UInt64
    /// Replies that came after their request had ended.
    public let orphanReplies: UInt64
    /// Copied into dense memory since consumers held many receive blocks.
    public let messagesCopiedOut: UInt64

    // MARK: Connection
    /// New connections after the first one: after losses, and by moves (``ConnectionEvent/moved(_:)``).
    public let reconnects: UInt64
    /// Calls that wait now: requests, flushes …
    public let waitingCalls: Int
}
