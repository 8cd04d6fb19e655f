public import NATSProtocol
public import Reactor
import Synchronization

/// A connection to a NATS system: the handle that a service keeps for its whole life.
///
/// Reconnects by itself, restores subscriptions, replays what was pending, and accounts for every message. All
/// methods may be called from any thread and task. The last reference going away aborts the connection: call
/// ``drain(timeout:)`` or ``close()`` before, or use ``NATS/withConnection(_:options:_:)``.
public final class NATSConnection: Sendable {
    let core: ConnectionCore
    private let names: Mutex<NUIDGenerator>

    init(core: ConnectionCore, names: NUIDGenerator) {
        self.core = core
        self.names = Mutex(names)
    }

    deinit {
        // Never blocks. In a forked child nothing is touched: the sockets are the parent's.
        core.onDriver { driver, on in driver.abort(on) }
    }

    /// A subject that nobody else uses, for replies: `_INBOX.<22 characters>`. Allocates the string.
    public func newInbox() -> String {
        names.withLock { Inbox.make(prefix: core.options.inboxPrefix, using: &$0) }
    }

    /// 22 characters that nobody else uses as a name. Allocates the string.
    package func newName() -> String { names.withLock { $0.next() }.string }
}

// MARK: - State

extension NATSConnection {
    /// The state at this moment. See ``events`` for changes.
    public var status: ConnectionStatus { core.snapshot.withLock { $0.status } }

    /// What happens to this connection, beginning with its current status. Each call makes an independent listener,
    /// bounded to the newest 256 events when it doesn't read. Ends after ``ConnectionEvent/closed(_:)``.
    public var events: ConnectionEvents { ConnectionEvents(stream: core.hub.listen()) }

    /// What the server said of itself last (INFO). `nil` before the first connection.
    public var serverInfo: ServerInfo? { core.snapshot.withLock { $0.serverInfo } }

    /// The server of the present or last connection, without credentials.
    public var connectedServer: String? { core.snapshot.withLock { $0.server?.location } }

    /// What was configured from where: the environment, a context, the program. Shows no value, so that it can be logged.
    public var configurationSources: ConfigurationSources { core.configurationSources }

    /// Every server that this connection may use, given or learnt, in the order in which they will be tried.
    /// Follows ``setServers(_:)`` and the servers' announcements a moment later.
    public var knownServers: [KnownServer] { core.snapshot.withLock { $0.servers } }

    /// The last failed attempt or server error.
    public var lastError: NATSError? { core.snapshot.withLock { $0.lastError } }

    /// The reactor that does this connection's work. Its executors run tasks without a thread hop:
    /// `withTaskExecutorPreference(nats.eventLoop.taskExecutor) { … }`.
    public var eventLoop: EventLoop { core.loop }

    /// Counters since the beginning, exact at this moment. One lock. All outbound ones are zero in a forked child.
    public var statistics: ConnectionStatistics { ConnectionStatistics(core) }
}

extension ConnectionStatistics {
    init(_ core: ConnectionCore) {
        var account = OutboundAccount()
        var pendingBytes = 0
        var waiting = 0
        // In a forked child nobody would ever release the lock.
        if !core.loop.isForkedChild {
            core.stage.lock()
            account = core.stage.value.account
            pendingBytes = core.stage.value.pendingBytes
            // The clocks of publishers aren't calls.
            waiting = core.stage.value.waiters.count &- core.stage.value.waiters.apartCount
            core.stage.unlock()
        }
        publishesAccepted = account.accepted
        bytesAccepted = account.acceptedBytes
        publishesWritten = account.written
        publishesFenced = account.fenced
        publishesUnconfirmed = account.unconfirmed
        publishesLostUnknown = account.lostUnknown
        publishesDiscarded = account.discarded
        publishesPending = account.pending
        self.pendingBytes = pendingBytes
        publishesDropped = account.dropped
        bytesWritten = core.counters.bytesOut.current
        sends = core.counters.sends.current
        messagesReceived = core.counters.messagesIn.current
        bytesReceived = core.counters.bytesIn.current
        messagesDropped = core.counters.droppedMessages.current
        messagesForEndedSubscriptions = core.counters.unknownSubscription.current
        orphanReplies = core.counters.orphanReplies.current
        messagesCopiedOut = core.counters.copiedOut.current
        reconnects = core.counters.reconnects.current
        waitingCalls = waiting
    }
}
