import NATSProtocol
import Reactor

/// Everything of a connection that belongs to the reactor's thread.
struct DriverState: ~Copyable {
    var session: Session
    var decoder: FrameDecoder
    var sendQueue = SendQueue()
    var sinks = SinkTable()
    var run = DeliveryRun()
    /// Queues that got messages since consumers were last woken.
    var touchedQueues: [DeliveryQueue] = []
    /// A frame of which only a part has arrived.
    var pendingFrame: PendingFrame?
    /// Dense memory for messages that are copied out.
    var compaction: CompactionBlock?
    /// The block that `own` saw last. Forgotten with each chunk, since blocks are used again.
    var ownedBlock: ObjectIdentifier?
    /// Messages of the present chunk, not counted yet.
    var messagesInChunk = 0

    var connectID: ConnectID?
    var streamID: StreamID?
    /// The attempt to which the transport belongs.
    var generation: UInt32 = 0
    /// Answers the server's challenge in the present attempt.
    var authentication: Task<Void, Never>?
    /// The last time that there were no credentials to answer with.
    var authenticationFailure: AuthenticationFailure?
    /// The session has given the transport up: what still arrives is ignored.
    var isDisconnecting = false
    /// A connect that waits until the stream of the attempt before is closed.
    var nextConnect: PendingConnect?
    var timer: TimerID?
    var timerDeadline = Timestamp.distantFuture
    /// The session's deadline when the timer was last set.
    var sessionDeadline = Timestamp.distantFuture
    /// The timer has fired, or a caller came whose deadline may be earlier.
    var mustSetTimer = true

    var isGateOpen = false
    /// The status that getters see.
    var publishedStatus = ConnectionStatus.connecting
    /// The session's `statusRevision` when it was published.
    var publishedRevision = UInt32.max
    /// Why the connection was lost; reported when the stream is closed, since only then the account is final.
    var lostCause: SessionFailure?
    /// The wire order of the present connection.
    var ledger = WireLedger()
    /// Publishes written before the present connection.
    var writtenBase: UInt64 = 0
    /// The account's discarded publishes when the connection was lost.
    var discardedBeforeLoss: UInt64 = 0
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

    init(session: consuming Session) {
        self.session = session
        decoder = FrameDecoder(limits: DecoderLimits())
    }
}

struct PendingConnect {
    let address: ServerAddress
    let generation: UInt32
    let deadline: Timestamp
}

/// A frame whose rest hasn't arrived, at the start or in the middle of a block.
struct PendingFrame {
    var block: ReceiveBlock
    var start: Int
    var count: Int
    /// Bytes that the frame needs at least; 0: its control line isn't complete.
    var needed: Int
    /// Whether the block was made for this frame.
    var isAssembly = false
}

/// A block that is filled with copies of messages, densely.
struct CompactionBlock {
    let block: ReceiveBlock
    var used: Int
}
