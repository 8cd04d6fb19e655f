import NATSClient

extension ConsumerConfiguration: ExtensibleJSONObject {
    init() { self.init(name: nil) }

    static let fields: [JSONField<ConsumerConfiguration>] = [
        .optional("durable_name", \.durable), .optional("name", \.name), .optional("description", \.description),
        .always("deliver_policy", \.policyWord), .optional("opt_start_seq", \.startSequence),
        .time("opt_start_time", \.startTime), .always("ack_policy", \.acknowledgementPolicy),
        .optional("filter_subject", \.singleFilter), .field("filter_subjects", \.severalFilters, unless: []),
        .always("replay_policy", \.replayPolicy), .field("headers_only", \.isHeadersOnly, unless: false),
        .duration("ack_wait", \.acknowledgementWait), .limit("max_deliver", \.maximumDeliveries),
        .field("backoff", \.backOff, unless: []), .limit("max_ack_pending", \.maximumAcknowledgementsPending),
        .optional("sample_freq", \.sampleFrequency), .limit("max_waiting", \.maximumWaiting),
        .limit("max_batch", \.maximumRequestBatch), .duration("max_expires", \.maximumRequestExpiry),
        .limit("max_bytes", \.maximumRequestBytes), .field("priority_groups", \.priorityGroups, unless: [], level: 1),
        .field("priority_policy", \.priorityPolicy, unless: .none, level: 1),
        .duration("priority_timeout", \.priorityTimeout, level: 1), .optional("deliver_subject", \.deliverSubject),
        .optional("deliver_group", \.deliverGroup), .optional("rate_limit_bps", \.rateLimitBitsPerSecond),
        .field("flow_control", \.usesFlowControl, unless: false), .duration("idle_heartbeat", \.idleHeartbeat),
        .duration("inactive_threshold", \.inactiveThreshold), .limit("num_replicas", \.replicas),
        .field("mem_storage", \.isInMemory, unless: false), .time("pause_until", \.pauseUntil, level: 1),
        .field("metadata", \.metadata, unless: [:]),
    ]

    var levelOfParts: Int { acknowledgementPolicy == .flowControl ? 4 : 0 }

    // MARK: - What is two fields there and one here

    /// One filter has a field of its own: servers before 2.10 know no other, and it can be part of the request's subject.
    private var singleFilter: String? {
        get { filterSubjects.count == 1 ? filterSubjects[0] : nil }
        set { if let newValue, !newValue.isEmpty { filterSubjects = [newValue] } }
    }

    private var severalFilters: [String] {
        get { filterSubjects.count > 1 ? filterSubjects : [] }
        set { if !newValue.isEmpty { filterSubjects = newValue } }
    }

    /// The place comes behind the word or before it: both are kept until the other one is there.
    private var policyWord: String {
        get {
            switch deliverPolicy {
            case .all: laterDeliverPolicy ?? "all"
            case .last: "last"
            case .new: "new"
            case .lastPerSubject: "last_per_subject"
            case .fromSequence: "by_start_sequence"
            case .fromTime: "by_start_time"
            }
        }
        set {
            switch newValue {
            case "last": deliverPolicy = .last
            case "new": deliverPolicy = .new
            case "last_per_subject": deliverPolicy = .lastPerSubject
            case "all", "by_start_sequence", "by_start_time": break
            default: laterDeliverPolicy = newValue
            }
        }
    }

    private var startSequence: UInt64? {
        get { if case .fromSequence(let sequence) = deliverPolicy { sequence } else { nil } }
        set { if let newValue, newValue > 0 { deliverPolicy = .fromSequence(newValue) } }
    }

    private var startTime: ServerTime? {
        get { if case .fromTime(let time) = deliverPolicy { time } else { nil } }
        set { if let newValue { deliverPolicy = .fromTime(newValue) } }
    }
}
