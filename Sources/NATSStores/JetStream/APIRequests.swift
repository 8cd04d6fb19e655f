import NATSClient
internal import NATSProtocol

/// A stream's configuration with the wish to be told of what the server would change (ADR-44's pedantic mode).
struct PedanticRequest: JSONValue {
    let configuration: StreamConfiguration

    init(configuration: StreamConfiguration) { self.configuration = configuration }
    init(from reader: inout JSONReader) throws(JSONError) { configuration = try StreamConfiguration(from: &reader) }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        configuration.writeMembers(to: &writer)
        writer.field("pedantic", true)
        writer.endObject()
    }
}

extension JSONValue {
    /// The text of it.
    var jsonText: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        let bytes = writer.bytes
        return bytes.indices.map { bytes[$0] }
    }
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

/// One page of a list.
struct Page<Element: JSONValue & Equatable>: Sendable {
    var elements: [Element] = []
    var total = 0
    /// Streams or consumers of which the server knows that they exist, but not how they are.
    var missing: [String] = []
    /// Those that can't work, with the reasons. Server 2.12.
    var offline: [String: String] = [:]
}

/// `STREAM.MSG.DELETE`
struct MessageDeleteRequest: JSONObject {
    var sequence: UInt64 = 0
    var keepsBytes = false

    static let fields: [JSONField<MessageDeleteRequest>] = [
        .always("seq", \.sequence), .field("no_erase", \.keepsBytes, unless: false),
    ]
}
