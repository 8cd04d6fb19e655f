import NATSProtocol
import Reactor

/// Everything of a connection that belongs to the reactor's thread.
struct DriverState: ~Copyable {
    var session: Session
    /// The present connection; nil while there is none, and none in the making.
    var link: Link?
    /// The connection to which the session moves, or which takes the place of a lost one that isn't closed yet.
    var successor: Link?
    /// Connections that were left and aren't closed yet. They hold nothing of the account.
    var retired: [Link] = []
    /// The message being delivered came from a connection that isn't the present one.
    var deliversForSuccessor = false
    /// The server of a reconnect that is told when the lost connection's account is.
    var untoldReconnect: ServerAddress?
    /// Requests that were answered while replies may come twice.
    var answeredTwice: Set<WaiterID> = []
    /// A connect that waits until the present connection is closed.
    var nextConnect: PendingConnect?
    var sinks = SinkTable()
    var run = DeliveryRun()
    /// Queues that got messages since consumers were last woken.
    var touchedQueues: [DeliveryQueue] = []
    /// Subscriptions of ``ReactorSink``s that got messages in the present chunk.
    var touchedReactorSinks: [Int] = []
    /// Monitored subscriptions that are not over.
    var monitoredSinks: [MonitoredSink] = []
    /// Those that got messages since they were last settled.
    var touchedSinks: [MonitoredSink] = []
    /// Those that are over, and whose timers are to be given back.
    var endedSinks: [MonitoredSink] = []
    /// What monitors were told of the connection.
    var monitorsAreConnected = false
    /// Dense memory for messages that are copied out.
    var compaction: CompactionBlock?
    /// The block that `own` saw last. Forgotten with each chunk, since blocks are used again.
    var ownedBlock: ObjectIdentifier?
    /// Messages of the present chunk, not counted yet.
    var messagesInChunk = 0

    /// The last time that there were no credentials to answer with.
    var authenticationFailure: AuthenticationFailure?
    var timer: TimerID?
    var timerDeadline = Timestamp.distantFuture
    /// The session's deadline when the timer was last set.
    var sessionDeadline = Timestamp.distantFuture
    /// The timer has fired, or a caller came whose deadline may be earlier.
    var mustSetTimer = true

    /// The status that getters see.
    var publishedStatus = ConnectionStatus.connecting
    /// The session's `statusRevision` when it was published.
    var publishedRevision = UInt32.max
    /// Fences of the batch that is being taken.
    var takenFences: [StagedFence] = []

    var confirmations: [SubscriptionID: WaiterID] = [:]
    var drainingSubscriptions: [SubscriptionID: [WaiterID]] = [:]
    var drainWaiters: [WaiterID] = []
    var closeWaiters: [WaiterID] = []
    var connectWaiter: WaiterID?
    var requestInboxID: SubscriptionID?
    /// Queues that must be empty before the drain goes on.
    var undeliveredQueues = 0
    var awaitsDelivery = false
    var isClosed = false
    /// The session is closed, and nothing of the transport is left.
    var isFinished = false
    /// The loop ended under the connection.
    var stopError: NATSError?
    /// Subscriptions that ended with the connection, to be finished when its cause is known.
    var endedByClose: [SubscriptionID] = []

    init(session: consuming Session) { self.session = session }
}

/// A block that is filled with copies of messages, densely.
struct CompactionBlock {
    let block: ReceiveBlock
    var used: Int
}
