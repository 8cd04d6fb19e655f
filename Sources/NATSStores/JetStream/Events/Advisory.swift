public import NATSClient
internal import NATSProtocol

/// Something that happened to a stream, a consumer or the servers, and that a server tells about.
public struct Advisory: Sendable, Hashable {
    /// No two advisories have the same.
    public internal(set) var id = ""
    /// The kind, as the server names it: `io.nats.jetstream.advisory.v1.max_deliver`.
    public internal(set) var type = ""
    /// When it happened, by the server's clock.
    public internal(set) var timestamp: ServerTime?
    /// The JetStream domain.
    public internal(set) var domain: String?
    /// The account that it is about, where the server says so.
    public internal(set) var account: String?
    /// What happened.
    public internal(set) var event = Event.unknown
    /// All that the server has said.
    public internal(set) var json: [UInt8] = []

    /// What happened. More kinds may be added; switch with a `default`.
    public enum Event: Sendable, Hashable {
        /// A stream was made, changed or removed.
        case stream(StreamAction)
        /// A consumer was made or removed.
        case consumer(ConsumerAction)
        /// A consumer pauses or goes on.
        case consumerPaused(PauseChange)
        /// A message was delivered as often as it may be, and isn't delivered any more.
        case maximumDeliveries(DeliveryFailure)
        /// A client has sent a message back.
        case negativelyAcknowledged(DeliveryFailure)
        /// A client has given a message up, and it isn't delivered any more.
        case terminated(DeliveryFailure)
        /// A snapshot of a stream was begun.
        case snapshotBegun(StreamTransfer)
        /// A snapshot of a stream has ended.
        case snapshotEnded(StreamTransfer)
        /// The restore of a stream was begun.
        case restoreBegun(StreamTransfer)
        /// The restore of a stream has ended.
        case restoreEnded(StreamTransfer)
        /// A stream, a consumer or the cluster has a new leader.
        case leaderElected(LeaderChange)
        /// A stream or a consumer can't go on: too few of its replicas are there.
        case quorumLost(LeaderChange)
        /// A batch of messages that were to be stored together was thrown away.
        case batchAbandoned(BatchAbandonment)
        /// A client has got a priority group for itself.
        case groupPinned(GroupChange)
        /// A client has lost a priority group.
        case groupUnpinned(GroupChange)
        /// A server has no more room.
        case serverOutOfSpace(ServerChange)
        /// A server was taken out of the cluster.
        case serverRemoved(ServerChange)
        /// The servers decide with fewer of them than they should. Server 2.15.
        case metaRescue(ServerChange)
        /// Calls of the API were dropped, since there were too many.
        case apiLimitReached(APILimit)
        /// Somebody has called the API.
        case apiCall(APICall)
        /// A kind that this version doesn't know, or one that it can't read: see ``Advisory/json``.
        case unknown
    }
}

extension Advisory: JSONObject {
    static let fields: [JSONField<Advisory>] = [
        .field("id", \.id, unless: ""), .field("type", \.type, unless: ""), .time("timestamp", \.timestamp),
        .optional("domain", \.domain), .optional("account", \.account),
    ]

    /// What a server has published. What can't be read is an advisory, too.
    init(_ payload: Payload) {
        self.init()
        do throws(JSONError) {
            self = try Advisory(json: payload.span)
            event = try Self.event(of: type, payload.span)
        } catch {
            // It stays unknown.
        }
        json = Array(payload)
    }

    private static func event(of type: String, _ json: Span<UInt8>) throws(JSONError) -> Event {
        guard type.hasPrefix("io.nats.jetstream.advisory.v1.") else { return .unknown }
        return switch type.dropFirst("io.nats.jetstream.advisory.v1.".count) {
        case "stream_action": .stream(try StreamAction(json: json))
        case "consumer_action": .consumer(try ConsumerAction(json: json))
        case "consumer_pause": .consumerPaused(try PauseChange(json: json))
        case "max_deliver": .maximumDeliveries(try DeliveryFailure(json: json))
        case "nak": .negativelyAcknowledged(try DeliveryFailure(json: json))
        case "terminated": .terminated(try DeliveryFailure(json: json))
        case "snapshot_create": .snapshotBegun(try StreamTransfer(json: json))
        case "snapshot_complete": .snapshotEnded(try StreamTransfer(json: json))
        case "restore_create": .restoreBegun(try StreamTransfer(json: json))
        case "restore_complete": .restoreEnded(try StreamTransfer(json: json))
        case "domain_leader_elected", "stream_leader_elected", "consumer_leader_elected":
            .leaderElected(try LeaderChange(json: json))
        case "stream_quorum_lost", "consumer_quorum_lost": .quorumLost(try LeaderChange(json: json))
        case "stream_batch_abandoned": .batchAbandoned(try BatchAbandonment(json: json))
        case "consumer_group_pinned": .groupPinned(try GroupChange(json: json))
        case "consumer_group_unpinned": .groupUnpinned(try GroupChange(json: json))
        case "server_out_of_space": .serverOutOfSpace(try ServerChange(json: json))
        case "server_removed": .serverRemoved(try ServerChange(json: json))
        case "meta_rescue": .metaRescue(try ServerChange(json: json))
        case "api_limit_reached": .apiLimitReached(try APILimit(json: json))
        case "api_audit": .apiCall(try APICall(json: json))
        default: .unknown
        }
    }
}
