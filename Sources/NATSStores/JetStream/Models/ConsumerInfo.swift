import NATSClient

/// What a server says about a consumer.
public struct ConsumerInfo: Sendable, Hashable {
    /// The stream that it reads.
    public internal(set) var stream = ""
    /// Its name.
    public internal(set) var name = ""
    /// When it was made.
    public internal(set) var created: ServerTime?
    /// Its configuration, with the server's defaults.
    public internal(set) var configuration = ConsumerConfiguration()
    /// What it has given out.
    public internal(set) var delivered = SequencePair()
    /// Everything up to here is acknowledged.
    public internal(set) var acknowledgementFloor = SequencePair()
    /// Messages that are out.
    public internal(set) var acknowledgementsPending = 0
    /// Messages that were given out more than once, and are out.
    public internal(set) var redelivered = 0
    /// Pull requests that wait.
    public internal(set) var waitingRequests = 0
    /// Messages still to come.
    public internal(set) var pending: UInt64 = 0
    /// Where it is; nil on a single server.
    public internal(set) var cluster: ClusterInfo?
    /// Of a push consumer: somebody listens.
    public internal(set) var isPushBound = false
    /// It gives nothing out until a time.
    public internal(set) var isPaused = false
    /// How long the pause still lasts.
    public internal(set) var pauseRemaining: Duration?
    /// When the server said so.
    public internal(set) var timestamp: ServerTime?
    /// Its priority groups. Server 2.11.
    public internal(set) var priorityGroups: [PriorityGroupState] = []
}

extension ConsumerInfo: JSONObject {
    static let fields: [JSONField<ConsumerInfo>] = [
        .always("stream_name", \.stream), .always("name", \.name), .time("created", \.created),
        .always("config", \.configuration), .always("delivered", \.delivered),
        .always("ack_floor", \.acknowledgementFloor), .always("num_ack_pending", \.acknowledgementsPending),
        .always("num_redelivered", \.redelivered), .always("num_waiting", \.waitingRequests),
        .always("num_pending", \.pending), .optional("cluster", \.cluster),
        .field("push_bound", \.isPushBound, unless: false), .field("paused", \.isPaused, unless: false),
        .duration("pause_remaining", \.pauseRemaining), .time("ts", \.timestamp),
        .field("priority_groups", \.priorityGroups, unless: []),
    ]
}

/// A place in a consumer's row and in its stream.
public struct SequencePair: Sendable, Hashable {
    /// The number of the delivery.
    public internal(set) var consumer: UInt64 = 0
    /// The number in the stream.
    public internal(set) var stream: UInt64 = 0
    /// When that was.
    public internal(set) var lastActive: ServerTime?
}

extension SequencePair: JSONObject {
    static let fields: [JSONField<SequencePair>] = [
        .always("consumer_seq", \.consumer), .always("stream_seq", \.stream), .time("last_active", \.lastActive),
    ]
}

/// How a priority group is doing. Server 2.11.
public struct PriorityGroupState: Sendable, Hashable {
    /// Its name.
    public internal(set) var group = ""
    /// The client that gets everything.
    public internal(set) var pinnedClientID: String?
    /// Since when.
    public internal(set) var pinnedSince: ServerTime?
}

extension PriorityGroupState: JSONObject {
    static let fields: [JSONField<PriorityGroupState>] = [
        .always("group", \.group), .optional("pinned_client_id", \.pinnedClientID), .time("pinned_ts", \.pinnedSince),
    ]
}
