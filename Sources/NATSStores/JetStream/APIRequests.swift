import NATSClient
internal import NATSProtocol

/// `STREAM.CREATE`, `STREAM.UPDATE`
struct StreamRequest: JSONObject {
    var configuration = StreamConfiguration()
    /// The server refuses what it would otherwise change (ADR-44).
    var isPedantic = false

    static let fields: [JSONField<StreamRequest>] =
        StreamConfiguration.fields.map { $0.within(\.configuration) } + [.field("pedantic", \.isPedantic, unless: false)]

    func writeUnknown(to writer: inout JSONWriter) { configuration.writeUnknown(to: &writer) }
}

/// `STREAM.INFO`
struct StreamInfoRequest: JSONObject {
    var deletedDetails = false
    var subjectsFilter: String?
    var offset = 0

    static let fields: [JSONField<StreamInfoRequest>] = [
        .field("deleted_details", \.deletedDetails, unless: false), .optional("subjects_filter", \.subjectsFilter),
        .field("offset", \.offset, unless: 0),
    ]
}

/// `STREAM.PURGE`
struct PurgeRequest: JSONObject {
    var filter: String?
    var sequence: UInt64?
    var keep: UInt64?

    static let fields: [JSONField<PurgeRequest>] = [
        .optional("filter", \.filter), .optional("seq", \.sequence), .optional("keep", \.keep),
    ]
}

/// The answer to a purge.
struct PurgeReply: JSONObject {
    var purged: UInt64 = 0
    static let fields: [JSONField<PurgeReply>] = [.field("purged", \.purged, unless: 0)]
}

/// `STREAM.NAMES`, `STREAM.LIST`, `CONSUMER.NAMES`, `CONSUMER.LIST`
struct PageRequest: JSONObject {
    var offset = 0
    var subject: String?

    static let fields: [JSONField<PageRequest>] = [.always("offset", \.offset), .optional("subject", \.subject)]
}

/// `STREAM.MSG.DELETE`
struct MessageDeleteRequest: JSONObject {
    var sequence: UInt64 = 0
    var keepsBytes = false

    static let fields: [JSONField<MessageDeleteRequest>] = [
        .always("seq", \.sequence), .field("no_erase", \.keepsBytes, unless: false),
    ]
}
