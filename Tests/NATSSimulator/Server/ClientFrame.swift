/// What a client may say, as a server reads it.
enum ClientFrame: Equatable {
    case connect([UInt8])
    case ping
    case pong
    /// `+OK`, and `INFO`, which a server passes over.
    case ignored
    case publish(subject: String, reply: String?, headerCount: Int, body: [UInt8])
    case subscribe(subject: String, queueGroup: String?, sid: String)
    case unsubscribe(sid: String, maximum: Int?)
}

extension ClientFrame: CustomStringConvertible {
    var description: String {
        switch self {
        case .connect(let json): "CONNECT, \(json.count) bytes"
        case .ping: "PING"
        case .pong: "PONG"
        case .ignored: "what it passes over"
        case .publish(let subject, let reply, _, let body):
            "PUB \(subject) \(reply ?? "") \(Trace.shown(body.prefix(20)))"
        case .subscribe(let subject, let queueGroup, let sid): "SUB \(subject) \(queueGroup ?? "") \(sid)"
        case .unsubscribe(let sid, let maximum): "UNSUB \(sid) \(maximum.map { "\($0)" } ?? "")"
        }
    }
}

/// Cuts a client's bytes into frames. Strict: what isn't exactly a frame is a defect.
///
/// Source: `server/parser.go` of nats-server.
struct ClientFrameParser {
    private var bytes: [UInt8] = []
    private var start = 0

    struct Limits {
        var payload = 1 << 20
        var controlLine = 4_096
    }

    enum Defect: Error, Equatable {
        /// With what the server says about it before it closes; nil: nothing.
        case malformed(String, answer: String?)
        case payloadTooLarge(Int)
        case controlLineTooLong
    }

    mutating func append(_ more: [UInt8]) {
        if start > 0, start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            start = 0
        }
        bytes += more
    }

    /// Bytes of a frame that isn't complete.
    var unparsed: Int { bytes.count - start }

    /// Nil: the rest isn't a whole frame yet.
    mutating func next(_ limits: Limits) throws(Defect) -> ClientFrame? {
        guard let lineEnd = bytes[start...].firstIndex(of: 10) else {
            if bytes.count - start > limits.controlLine { throw .controlLineTooLong }
            return nil
        }
        let next = lineEnd + 1
        let end = lineEnd > start && bytes[lineEnd - 1] == 13 ? lineEnd - 1 : lineEnd
        if end - start > limits.controlLine { throw .controlLineTooLong }
        let words = words(upTo: end)
        guard let operation = words.first else { throw unknown(end) }
        let count = words.count
        switch operation.uppercased() {
        case "PING" where count == 1: return take(.ping, upTo: next)
        case "PONG" where count == 1: return take(.pong, upTo: next)
        case "+OK", "INFO": return take(.ignored, upTo: next)
        case "CONNECT": return take(.connect(Array(bytes[(start + 8)..<end])), upTo: next)
        case "SUB" where count == 3:
            return take(.subscribe(subject: words[1], queueGroup: nil, sid: words[2]), upTo: next)
        case "SUB" where count == 4:
            return take(.subscribe(subject: words[1], queueGroup: words[2], sid: words[3]), upTo: next)
        case "UNSUB" where count == 2: return take(.unsubscribe(sid: words[1], maximum: nil), upTo: next)
        case "UNSUB" where count == 3:
            guard let maximum = Int(words[2]) else { throw arguments(end) }
            return take(.unsubscribe(sid: words[1], maximum: maximum), upTo: next)
        case "PUB" where 3...4 ~= count: return try publish(words, end, bodyAt: next, hasHeaders: false, limits)
        case "HPUB" where 4...5 ~= count: return try publish(words, end, bodyAt: next, hasHeaders: true, limits)
        case "SUB", "UNSUB", "PUB", "HPUB", "-ERR": throw arguments(end)
        default: throw unknown(end)
        }
    }

    private func words(upTo end: Int) -> [String] {
        var words: [String] = []
        var wordStart = start
        for index in start...end where index == end || bytes[index] == 32 || bytes[index] == 9 {
            if index > wordStart { words.append(String(decoding: bytes[wordStart..<index], as: UTF8.self)) }
            wordStart = index + 1
        }
        return words
    }

    private func unknown(_ end: Int) -> Defect { .malformed(line(end), answer: "Unknown Protocol Operation") }
    private func arguments(_ end: Int) -> Defect { .malformed(line(end), answer: nil) }
    private func line(_ end: Int) -> String { "'\(String(decoding: bytes[start..<end].prefix(80), as: UTF8.self))'" }

    private mutating func publish(
        _ words: [String], _ lineEnd: Int, bodyAt body: Int, hasHeaders: Bool, _ limits: Limits
    ) throws(Defect) -> ClientFrame? {
        guard let count = Int(words[words.count - 1]), count >= 0 else { throw arguments(lineEnd) }
        let headerCount = hasHeaders ? Int(words[words.count - 2]) ?? -1 : 0
        guard headerCount >= 0, headerCount <= count else { throw arguments(lineEnd) }
        if count > limits.payload { throw .payloadTooLarge(count) }
        guard bytes.count >= body + count + 2 else { return nil }
        guard bytes[body + count] == 13, bytes[body + count + 1] == 10 else {
            throw .malformed("no CR LF behind the body of \(line(lineEnd))", answer: "Unknown Protocol Operation")
        }
        let hasReply = words.count == (hasHeaders ? 5 : 4)
        return take(
            .publish(
                subject: words[1], reply: hasReply ? words[2] : nil, headerCount: headerCount,
                body: Array(bytes[body..<(body + count)])), upTo: body + count + 2)
    }

    private mutating func take(_ frame: ClientFrame, upTo end: Int) -> ClientFrame {
        start = end
        if start > 1 << 16 {
            bytes.removeSubrange(..<start)
            start = 0
        }
        return frame
    }
}
