import NATSClient

extension Advisory.StreamAction: JSONObject {
    static let fields: [JSONField<Self>] = [.always("stream", \.stream), .always("action", \.action)]
}

extension Advisory.ConsumerAction: JSONObject {
    static let fields: [JSONField<Self>] = [
        .always("stream", \.stream), .always("consumer", \.consumer), .always("action", \.action),
    ]
}

extension Advisory.PauseChange: JSONObject {
    static let fields: [JSONField<Self>] = [
        .always("stream", \.stream), .always("consumer", \.consumer), .always("paused", \.isPaused),
        .time("pause_until", \.until),
    ]
}

extension Advisory.DeliveryFailure: JSONObject {
    static let fields: [JSONField<Self>] = [
        .always("stream", \.stream), .always("consumer", \.consumer), .always("stream_seq", \.streamSequence),
        .optional("consumer_seq", \.consumerSequence), .always("deliveries", \.deliveries), .optional("reason", \.reason),
    ]
}

extension Advisory.StreamTransfer: JSONObject {
    static let fields: [JSONField<Self>] = [
        .always("stream", \.stream), .optional("state", \.state), .time("start", \.start), .time("end", \.end),
        .optional("bytes", \.bytes), .optional("error", \.error), .optional("client", \.client),
    ]
}

extension Advisory.LeaderChange: JSONObject {
    static let fields: [JSONField<Self>] = [
        .optional("stream", \.stream), .optional("consumer", \.consumer), .optional("leader", \.leader),
        .field("replicas", \.replicas, unless: []), .optional("cluster", \.cluster),
    ]
}

extension Advisory.BatchAbandonment: JSONObject {
    static let fields: [JSONField<Self>] = [
        .always("stream", \.stream), .always("batch", \.batch), .always("reason", \.reason),
    ]
}

extension Advisory.GroupChange: JSONObject {
    static let fields: [JSONField<Self>] = [
        .always("stream", \.stream), .always("consumer", \.consumer), .always("group", \.group),
        .optional("pinned_id", \.pinnedClientID), .optional("reason", \.reason),
    ]
}

extension Advisory.ServerChange: JSONObject {
    static let fields: [JSONField<Self>] = [
        .always("server", \.server), .always("server_id", \.serverID), .optional("cluster", \.cluster),
        .optional("stream", \.stream), .optional("prev_quorum", \.previousQuorum), .optional("new_quorum", \.newQuorum),
    ]
}

extension Advisory.APILimit: JSONObject {
    static let fields: [JSONField<Self>] = [.always("server", \.server), .always("dropped", \.dropped)]
}

extension Advisory.APICall: JSONObject {
    static let fields: [JSONField<Self>] = [
        .always("server", \.server), .always("subject", \.subject), .field("request", \.request, unless: ""),
        .field("response", \.response, unless: ""), .optional("client", \.client),
    ]
}

extension Advisory.ClientDescription: JSONObject {
    static let fields: [JSONField<Self>] = [
        .optional("acc", \.account), .optional("user", \.user), .optional("name", \.name), .optional("lang", \.language),
        .optional("ver", \.version), .optional("host", \.host), .optional("server", \.server),
        .optional("cluster", \.cluster),
    ]
}
