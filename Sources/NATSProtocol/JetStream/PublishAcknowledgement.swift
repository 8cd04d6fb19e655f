/// What a stream answers to a publish.
///
/// Source: `PubAck` in nats-server's `server/stream.go`; `JSPubAckResponse` adds the error.
package struct PublishAcknowledgement: Sendable, Hashable {
    package var stream = ""
    package var sequence: UInt64 = 0
    package var domain: String?
    /// A message with this id was stored before.
    package var isDuplicate = false
    /// Of a counter: its value now, a number of any size.
    package var value: String?
    /// Of a batch: its id and how many messages it had.
    package var batch: String?
    package var batchCount: UInt64 = 0
    package var error: APIError?

    /// Why the stream didn't take the message.
    package struct APIError: Sendable, Hashable {
        package var code = 0
        package var errorCode = 0
        package var description = ""
    }

    /// Whether it is the answer of a stream: it says which one has the message, or why none has. Others may answer, too, whoever
    /// subscribes to the subject.
    package var isOfStream: Bool { error != nil || !stream.isEmpty }

    package init(json: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(json)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "stream": stream = try reader.readString()
            case "seq": sequence = try reader.readUInt64()
            case "domain": domain = try reader.readStringOrNull()
            case "duplicate": isDuplicate = try reader.readBoolOrNull() ?? false
            case "val": value = try reader.readStringOrNull()
            case "batch": batch = try reader.readStringOrNull()
            case "count": batchCount = try reader.readUInt64OrNull() ?? 0
            case "error": error = try APIError(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.finish()
    }
}

extension PublishAcknowledgement.APIError {
    fileprivate init?(_ reader: inout JSONReader) throws(JSONError) {
        if try reader.readNull() { return nil }
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "code": code = try reader.readInt()
            case "err_code": errorCode = try reader.readInt()
            case "description": description = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}
