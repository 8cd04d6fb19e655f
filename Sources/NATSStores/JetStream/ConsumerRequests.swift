import NATSClient
internal import NATSProtocol

/// `CONSUMER.CREATE`
struct ConsumerRequest: JSONObject {
    /// What may happen. Servers before 2.10 don't know the word, and change a consumer that exists.
    enum Action: String {
        case create, update
        case createOrUpdate = ""
    }

    var stream = ""
    var configuration = ConsumerConfiguration()
    var isPedantic = false
    private var word = ""

    init() {}

    init(stream: String, configuration: ConsumerConfiguration, action: Action, isPedantic: Bool) {
        self.stream = stream
        self.configuration = configuration
        self.isPedantic = isPedantic
        word = action.rawValue
    }

    /// Names what the consumer reads when it is one subject, so that permissions can be about it.
    var subject: String {
        let subject = "CONSUMER.CREATE.\(stream).\(configuration.name ?? "")"
        return configuration.filterSubjects.count == 1 ? "\(subject).\(configuration.filterSubjects[0])" : subject
    }

    static let fields: [JSONField<ConsumerRequest>] = [
        .always("stream_name", \.stream), .always("config", \.configuration), .field("action", \.word, unless: ""),
        .field("pedantic", \.isPedantic, unless: false),
    ]
}

/// `CONSUMER.PAUSE`
struct PauseRequest: JSONObject {
    var until: ServerTime?
    static let fields: [JSONField<PauseRequest>] = [.time("pause_until", \.until)]
}

/// `CONSUMER.UNPIN`
struct UnpinRequest: JSONObject {
    var group = ""
    static let fields: [JSONField<UnpinRequest>] = [.always("group", \.group)]
}

/// `CONSUMER.RESET`
struct ResetRequest: JSONObject {
    var sequence: UInt64?
    static let fields: [JSONField<ResetRequest>] = [.optional("seq", \.sequence)]
}
