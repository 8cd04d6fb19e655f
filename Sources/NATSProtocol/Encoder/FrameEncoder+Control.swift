extension FrameEncoder {
    /// `SUB␠subject␠[queueGroup␠]sid↵`
    package static func subscribe(
        subject: String, queueGroup: String?, sid: UInt64, into buffer: inout ByteBuffer
    ) {
        let queueCount = queueGroup.map { $0.utf8.count &+ 1 } ?? 0
        buffer.reserve(4 &+ subject.utf8.count &+ 1 &+ queueCount &+ Decimal.digitCount(sid) &+ 2)
        buffer.append("SUB ")
        buffer.append(utf8: subject)
        buffer.append(0x20)
        if let queueGroup {
            buffer.append(utf8: queueGroup)
            buffer.append(0x20)
        }
        buffer.append(decimal: sid)
        buffer.appendLineEnd()
    }

    /// `UNSUB␠sid[␠maximum]↵`
    package static func unsubscribe(sid: UInt64, maximum: UInt64?, into buffer: inout ByteBuffer) {
        let maximumCount = maximum.map { Decimal.digitCount($0) &+ 1 } ?? 0
        buffer.reserve(6 &+ Decimal.digitCount(sid) &+ maximumCount &+ 2)
        buffer.append("UNSUB ")
        buffer.append(decimal: sid)
        if let maximum {
            buffer.append(0x20)
            buffer.append(decimal: maximum)
        }
        buffer.appendLineEnd()
    }

    /// `PING↵`
    package static func ping(into buffer: inout ByteBuffer) {
        buffer.append("PING\r\n")
    }

    /// `PONG↵`
    package static func pong(into buffer: inout ByteBuffer) {
        buffer.append("PONG\r\n")
    }

    /// `CONNECT␠json↵`; `json` is one object without CR and LF.
    package static func connect(json: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.reserve(8 &+ json.count &+ 2)
        buffer.append("CONNECT ")
        buffer.append(json)
        buffer.appendLineEnd()
    }
}
