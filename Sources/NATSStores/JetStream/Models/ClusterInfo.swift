import NATSClient

/// Where the replicas of a stream or consumer are.
public struct ClusterInfo: Sendable, Hashable {
    /// The cluster.
    public internal(set) var name: String?
    /// The group of replicas that agree with each other.
    public internal(set) var raftGroup: String?
    /// The server that leads; nil while there is none.
    public internal(set) var leader: String?
    /// Since when.
    public internal(set) var leaderSince: ServerTime?
    /// The system account's connections carry the replication.
    public internal(set) var isSystemAccount = false
    /// The account whose connections carry the replication.
    public internal(set) var trafficAccount: String?
    /// The other servers.
    public internal(set) var replicas: [PeerInfo] = []
    /// Where it is going. Server 2.15.
    public internal(set) var desired: DesiredPlacement?
}

extension ClusterInfo: JSONObject {
    static let fields: [JSONField<ClusterInfo>] = [
        .optional("name", \.name), .optional("raft_group", \.raftGroup), .optional("leader", \.leader),
        .time("leader_since", \.leaderSince), .field("system_account", \.isSystemAccount, unless: false),
        .optional("traffic_account", \.trafficAccount), .field("replicas", \.replicas, unless: []),
        .optional("desired", \.desired),
    ]
}

/// One server that has a replica.
public struct PeerInfo: Sendable, Hashable {
    /// The server's name.
    public internal(set) var name = ""
    /// Has everything that the leader has.
    public internal(set) var isCurrent = false
    /// Nothing is heard of it.
    public internal(set) var isOffline = false
    /// Since when nothing was heard of it.
    public internal(set) var sinceActive: Duration = .zero
    /// How many operations it is behind.
    public internal(set) var lag: UInt64 = 0
    /// Its id within the group.
    public internal(set) var peer: String?
    /// It is to have a replica, and doesn't take part yet. Server 2.15.
    public internal(set) var isPending = false
}

extension PeerInfo: JSONObject {
    static let fields: [JSONField<PeerInfo>] = [
        .always("name", \.name), .always("current", \.isCurrent), .field("offline", \.isOffline, unless: false),
        .always("active", \.sinceActive), .field("lag", \.lag, unless: 0), .optional("peer", \.peer),
        .field("pending", \.isPending, unless: false),
    ]
}

/// Where a stream or consumer is going to be, while it moves. Server 2.15.
public struct DesiredPlacement: Sendable, Hashable {
    /// The cluster.
    public internal(set) var name: String?
    /// The servers that are to have a replica.
    public internal(set) var replicas: [PeerInfo] = []
    /// What it is coming from.
    public internal(set) var origin: Origin?
    /// How far it is.
    public internal(set) var status: Status?

    /// What was, before the change that made it move.
    public struct Origin: Sendable, Hashable {
        /// How many replicas it had.
        public internal(set) var replicas = 0
        /// Where it was to be.
        public internal(set) var placement: Placement?
        /// The retention that still counts while it changes.
        public internal(set) var retention: StreamConfiguration.Retention?
    }

    /// How far a move is.
    public struct Status: Sendable, Hashable {
        /// What is next: `meta`, `membership`, `snapshot`, `catchup`, `quorum`, `blocked` or `unavailable`.
        public internal(set) var type = ""
        /// In words.
        public internal(set) var description: String?
        /// What went wrong.
        public internal(set) var error: String?
    }
}

extension DesiredPlacement: JSONObject {
    static let fields: [JSONField<DesiredPlacement>] = [
        .optional("name", \.name), .field("replicas", \.replicas, unless: []), .optional("origin", \.origin),
        .optional("status", \.status),
    ]
}

extension DesiredPlacement.Origin: JSONObject {
    static let fields: [JSONField<DesiredPlacement.Origin>] = [
        .always("replicas", \.replicas), .optional("placement", \.placement), .optional("retention", \.retention),
    ]
}

extension DesiredPlacement.Status: JSONObject {
    static let fields: [JSONField<DesiredPlacement.Status>] = [
        .always("type", \.type), .optional("description", \.description), .optional("err", \.error),
    ]
}
