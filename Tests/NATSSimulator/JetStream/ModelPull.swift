import NATSProtocol

/// A request for messages that waits at a consumer.
final class ModelPull {
    let reply: String
    private(set) var batch = 1
    private(set) var maximumBytes = 0
    private(set) var expiryNanoseconds: UInt64 = 0
    private(set) var heartbeatNanoseconds: UInt64 = 0
    private(set) var noWait = false
    /// What is wrong with it.
    private(set) var defect: String?

    /// Messages and bytes that it may still get.
    var messagesLeft: Int
    var bytesLeft: Int
    /// It has got one.
    var wasServed = false
    /// When it was last told something.
    var lastWord: UInt64 = 0
    var isOver = false

    /// Source: `nextReqFromMsg` of nats-server's `server/consumer.go`.
    init(_ body: [UInt8], reply: String) {
        self.reply = reply
        (messagesLeft, bytesLeft) = (0, 0)
        if let batch = Int(String(decoding: body, as: UTF8.self)) {
            self.batch = batch
        } else if !body.isEmpty {
            do throws(JSONError) {
                var reader = JSONReader(body.span)
                try read(&reader)
            } catch {
                defect = "Bad Request - \(error)"
            }
        }
        if heartbeatNanoseconds > 0, heartbeatNanoseconds * 2 > expiryNanoseconds {
            defect = "Bad Request - heartbeat value too large"
        }
        batch = max(1, batch)
        messagesLeft = batch
        bytesLeft = maximumBytes
    }

    private func read(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "batch": batch = try reader.readInt()
            case "max_bytes": maximumBytes = try reader.readInt()
            case "expires": expiryNanoseconds = try reader.readUInt64()
            case "idle_heartbeat": heartbeatNanoseconds = try reader.readUInt64()
            case "no_wait": noWait = try reader.readBool()
            default: try reader.skipValue()
            }
        }
    }

    /// What wasn't used of it, in the headers of most statuses.
    var pendingHeaders: String { "Nats-Pending-Messages: \(messagesLeft)\r\nNats-Pending-Bytes: \(bytesLeft)\r\n" }

    var hasBytes: Bool { maximumBytes > 0 }
}
