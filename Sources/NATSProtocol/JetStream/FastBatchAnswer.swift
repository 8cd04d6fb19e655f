/// What a stream says to a fast batch (ADR-50, server 2.14).
package enum FastBatchAnswer: Sendable, Hashable {
    /// Everything up to this number of the batch has come, and the next word comes after so many more messages.
    case flow(sequence: UInt64, messages: UInt64)
    /// Messages from `first` on and before `next` are missing.
    case gap(first: UInt64, next: UInt64)
    /// One message was refused; the batch goes on.
    case refused(sequence: UInt64, PublishAcknowledgement.APIError)
    /// The batch has ended.
    case end(PublishAcknowledgement)

    /// Source: `BatchFlowAck`, `BatchFlowGap`, `BatchFlowErr` in nats-server's `server/stream.go`; the end is a `PubAck`.
    package init(json: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(json)
        var type = ""
        var sequence: UInt64 = 0
        var expected: UInt64 = 0
        var messages: UInt64 = 0
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "type": type = try reader.readString()
            case "seq": sequence = try reader.readUInt64()
            // What should have come, for all its name.
            case "last_seq": expected = try reader.readUInt64()
            case "msgs": messages = try reader.readUInt64()
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        switch type {
        case "ack": self = .flow(sequence: sequence, messages: messages)
        case "gap": self = .gap(first: expected, next: sequence)
        case "err":
            self = .refused(sequence: sequence, try PublishAcknowledgement(json: json).error ?? PublishAcknowledgement.APIError())
        default: self = .end(try PublishAcknowledgement(json: json))
        }
    }
}
