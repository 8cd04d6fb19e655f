import NATSClient
internal import NATSProtocol

/// What stands in the key of a lock: `{"owner":"node-1","id":"…","token":7}`.
struct LeaseRecord: JSONObject {
    var owner = ""
    /// Of one holding: two holders of the same name are two.
    var id = ""
    /// The revision with which it began; missing in that one.
    var token: UInt64?

    static let fields: [JSONField<LeaseRecord>] = [
        .always("owner", \.owner), .always("id", \.id), .optional("token", \.token),
    ]

    init() {}

    init(owner: String, id: String, token: UInt64? = nil) {
        self.owner = owner
        self.id = id
        self.token = token
    }

    /// Nil when the key isn't a lock's.
    init?(_ entry: KeyValueEntry) {
        guard entry.isPresent, let record = try? LeaseRecord(json: entry.value.span) else { return nil }
        self = record
    }
}
