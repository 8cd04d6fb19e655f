import NATSClient

/// Where the replicas of a stream or consumer are.
public struct ClusterInfo: Sendable, Hashable {
    public internal(set) var name: String?
    public internal(set) var raftGroup: String?
    /// The server that leads; nil while there is none.
    public internal(set) var leader: String?
    public internal(set) var leaderSince: ServerTime?
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
    public internal(set) var name = ""
    /// Has everything that the leader has.
    public internal(set) var isCurrent = false
    public internal(set) var isOffline = false
    /// Since when nothing was heard of it.
    public internal(set) var sinceActive: Duration = .zero
    /// How many operations it is behind.
    public internal(set) var lag: UInt64 = 0
    public internal(set) var peer: String?
    public internal(set) var pending: UInt64 = 0
}

extension PeerInfo: JSONObject {
    static let fields: [JSONField<PeerInfo>] = [
        .always("name", \.name), .always("current", \.isCurrent), .field("offline", \.isOffline, unless: false),
        .always("active", \.sinceActive), .field("lag", \.lag, unless: 0), .optional("peer", \.peer),
        .field("pending", \.pending, unless: 0),
    ]
}

/// Where a stream is going to be, while it moves. Server 2.15.
public struct DesiredPlacement: Sendable, Hashable {
    public internal(set) var name: String?
    public internal(set) var replicas: [String] = []
    public internal(set) var status: Status?

    /// How far it is.
    public struct Status: Sendable, Hashable {
        /// `meta`, `membership`, `snapshot`, `catchup`, `quorum`, `blocked` or `unavailable`.
        public internal(set) var type = ""
        public internal(set) var description: String?
        public internal(set) var error: String?
    }
}

extension DesiredPlacement: JSONObject {
    static let fields: [JSONField<DesiredPlacement>] = [
        .optional("name", \.name), .field("replicas", \.replicas, unless: []), .optional("status", \.status),
    ]
}

extension DesiredPlacement.Status: JSONObject {
    static let fields: [JSONField<DesiredPlacement.Status>] = [
        .always("type", \.type), .optional("description", \.description), .optional("err", \.error),
    ]
}
