import NATSClient
internal import NATSProtocol

/// How a snapshot is taken.
public struct SnapshotOptions: Sendable {
    /// Leaves the consumers out.
    public var leavesOutConsumers = false
    /// The server first checks that no message was damaged on its disk, which may take long: mind ``JetStream/timeout``.
    public var checksMessages = false
    /// Bytes of a piece: 1 KiB to 1 MiB. Nil: the server's choice, 128 KiB.
    public var chunkBytes: Int?
    /// Bytes that may be under way. Nil: the server's choice, 8 MiB.
    public var windowBytes: Int?
    /// How long the next piece may take. Default: 30 s.
    public var stallLimit: Duration = .seconds(30)

    /// With consumers, without a check.
    public init() {}
}

/// How far a backup, a restore, a put or a get is.
public struct TransferProgress: Sendable, Hashable {
    /// Bytes so far.
    public internal(set) var bytes = 0
    /// Pieces so far.
    public internal(set) var chunks = 0
    /// How many bytes there will be. Nil while nobody knows: a snapshot is compressed as it is made.
    public internal(set) var totalBytes: Int?
}

/// A copy of a stream as the server hands it out: pieces of bytes that only servers understand.
///
/// Iterate it once. The server sends on as pieces are taken, and gives up when none is taken for long.
///
/// - Throws: when iterated, ``NATSError/Code/jetStreamRefused`` when the server can't go on; ``NATSError/Code/timedOut`` after
///   ``SnapshotOptions/stallLimit``; ``NATSError/Code/connectionClosed``; `CancellationError`.
public struct StreamSnapshot: AsyncSequence, Sendable {
    /// The stream's configuration.
    public let configuration: StreamConfiguration
    /// What the stream had when the snapshot was taken.
    public let state: StreamState
    let subscription: Subscription
    let stallLimit: Duration
    let concerns: String

    /// Takes piece after piece.
    public struct Iterator: AsyncIteratorProtocol {
        let snapshot: StreamSnapshot
        private var hasEnded = false

        init(_ snapshot: StreamSnapshot) { self.snapshot = snapshot }

        public mutating func next() async throws -> Payload? {
            guard !hasEnded else { return nil }
            guard let message = try await snapshot.subscription.next(timeout: snapshot.stallLimit) else {
                throw NATSError(.connectionClosed, "the connection was closed in the middle of a snapshot")
            }
            guard !message.payload.isEmpty else {
                hasEnded = true
                snapshot.subscription.unsubscribe()
                try snapshot.checkEnd(message.status)
                return nil
            }
            // The last piece doesn't want to be acknowledged.
            if message.reply != nil { try message.respond("") }
            return message.payload
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    private func checkEnd(_ status: HeaderStatus?) throws(NATSError) {
        guard let status, status.code != 204, status.code != 0 else { return }
        let refusal = JetStreamError(status)
        throw NATSError(.jetStreamRefused, "the snapshot of \(concerns) broke off: \(refusal)", underlying: refusal)
    }
}

extension JetStream.Stream {
    /// Begins a snapshot of the stream: see ``backUp(to:options:progress:)`` for one in files.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused``, with `.streamSnapshot` when messages are damaged; what `request` and
    ///   `subscribe` throw.
    public func snapshot(_ options: SnapshotOptions = SnapshotOptions()) async throws -> StreamSnapshot {
        let connection = jetStream.connection
        let inbox = connection.newInbox()
        // The server sends no more than its window before it hears of us.
        let limits = SubscriptionLimits(messages: .max, bytes: .max, overflow: .fail)
        let subscription = try await connection.subscribe(inbox, limits: limits)
        let request = SnapshotRequest(
            inbox: inbox, leavesOutConsumers: options.leavesOutConsumers, chunkBytes: options.chunkBytes,
            windowBytes: options.windowBytes, checksMessages: options.checksMessages)
        let reply: BackupRecord = try await jetStream.call("STREAM.SNAPSHOT.\(name)", request.json, concerns: concerns)
        return StreamSnapshot(
            configuration: reply.configuration, state: reply.state, subscription: subscription, stallLimit: options.stallLimit,
            concerns: concerns)
    }
}

/// `STREAM.SNAPSHOT`
struct SnapshotRequest: JSONObject {
    var inbox = ""
    var leavesOutConsumers = false
    var chunkBytes: Int?
    var windowBytes: Int?
    var checksMessages = false

    static let fields: [JSONField<SnapshotRequest>] = [
        .always("deliver_subject", \.inbox), .field("no_consumers", \.leavesOutConsumers, unless: false),
        .optional("chunk_size", \.chunkBytes), .optional("window_size", \.windowBytes),
        .field("jsck", \.checksMessages, unless: false),
    ]
}

/// The answer to `STREAM.SNAPSHOT`, the request of `STREAM.RESTORE`, and the file beside a backup's bytes.
struct BackupRecord: JSONObject {
    var configuration = StreamConfiguration()
    var state = StreamState()

    static let fields: [JSONField<BackupRecord>] = [
        .always("config", \.configuration), .always("state", \.state),
    ]
}
