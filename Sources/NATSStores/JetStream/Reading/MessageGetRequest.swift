import NATSClient

/// Who answers when a stored message is read.
public enum ReadSource: Sendable {
    /// Whichever server is asked, if the stream allows direct gets
    /// (``StreamConfiguration/allowsDirectGet``); else its leader. A server that isn't the leader may be a moment behind, so that a message
    /// that was just acknowledged may be missing.
    case anyReplica
    /// The leader, which has every message that was acknowledged. Slower: the message comes in JSON.
    case leader
}

/// A place in a stream.
public enum StreamPosition: Sendable, Hashable {
    /// The message of this number, or the next one that there is.
    case sequence(UInt64)
    /// The first message that isn't older.
    case time(ServerTime)
}

/// `STREAM.MSG.GET` and `DIRECT.GET`. Source: `JSApiMsgGetRequest` in nats-server's `server/jetstream_api.go`.
struct MessageGetRequest: JSONObject {
    var sequence: UInt64?
    var lastOn: String?
    var nextOn: String?
    var startTime: ServerTime?
    var count: Int?
    var maximumBytes: Int?
    var lastOnEach: [String] = []
    var upToSequence: UInt64?
    var upToTime: ServerTime?
    /// Only direct gets know it on all servers.
    var leavesOutHeaders = false

    static let fields: [JSONField<MessageGetRequest>] = [
        .optional("seq", \.sequence), .optional("last_by_subj", \.lastOn), .optional("next_by_subj", \.nextOn),
        .time("start_time", \.startTime), .optional("batch", \.count), .optional("max_bytes", \.maximumBytes),
        .field("multi_last", \.lastOnEach, unless: []), .optional("up_to_seq", \.upToSequence),
        .time("up_to_time", \.upToTime), .field("no_hdr", \.leavesOutHeaders, unless: false),
    ]
}

extension MessageGetRequest {
    /// From a place on. The first message has the number 1.
    init(from start: StreamPosition, on filter: String?) {
        switch start {
        case .sequence(let sequence): self.sequence = max(sequence, 1)
        case .time(let time): startTime = time
        }
        nextOn = filter
    }
}
