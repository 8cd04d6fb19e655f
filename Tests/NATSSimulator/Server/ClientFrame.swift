/// What a client may say, as a server reads it. Strict: what isn't exactly a frame is a violation.
enum ClientFrame: Equatable {
    case connect([UInt8])
    case ping
    case pong
    case publish(subject: String, reply: String?, headerCount: Int, body: [UInt8])
    case subscribe(subject: String, queueGroup: String?, sid: String)
    case unsubscribe(sid: String, maximum: Int?)
}

/// Cuts a client's bytes into frames.
struct ClientFrameParser {
    private var bytes: [UInt8] = []
    private var start = 0

    struct Violation: Error, CustomStringConvertible {
        let description: String
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
    mutating func next(maximumPayload: Int) throws(Violation) -> ClientFrame? {
        guard let lineEnd = bytes[start...].firstIndex(of: 10) else {
            if bytes.count - start > 4096 { throw Violation(description: "a line of \(bytes.count - start) bytes") }
            return nil
        }
        guard lineEnd > start, bytes[lineEnd - 1] == 13 else { throw Violation(description: "a line without CR") }
        let line = String(decoding: bytes[start..<(lineEnd - 1)], as: UTF8.self)
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let next = lineEnd + 1
        switch words[0] {
        case "PING" where words.count == 1: return take(.ping, upTo: next)
        case "PONG" where words.count == 1: return take(.pong, upTo: next)
        case "CONNECT":
            return take(.connect(Array(bytes[(start + 8)..<(lineEnd - 1)])), upTo: next)
        case "SUB" where words.count == 3:
            return take(.subscribe(subject: words[1], queueGroup: nil, sid: words[2]), upTo: next)
        case "SUB" where words.count == 4:
            return take(.subscribe(subject: words[1], queueGroup: words[2], sid: words[3]), upTo: next)
        case "UNSUB" where words.count == 2: return take(.unsubscribe(sid: words[1], maximum: nil), upTo: next)
        case "UNSUB" where words.count == 3:
            guard let maximum = Int(words[2]) else { throw Violation(description: line) }
            return take(.unsubscribe(sid: words[1], maximum: maximum), upTo: next)
        case "PUB" where 3...4 ~= words.count: return try publish(words, line, bodyAt: next, hasHeaders: false)
        case "HPUB" where 4...5 ~= words.count: return try publish(words, line, bodyAt: next, hasHeaders: true)
        default: throw Violation(description: "'\(line.prefix(80))'")
        }
    }

    private mutating func publish(
        _ words: [String], _ line: String, bodyAt body: Int, hasHeaders: Bool
    ) throws(Violation) -> ClientFrame? {
        guard let count = Int(words[words.count - 1]), count >= 0 else { throw Violation(description: line) }
        let headerCount = hasHeaders ? Int(words[words.count - 2]) ?? -1 : 0
        guard headerCount >= 0, headerCount <= count else { throw Violation(description: line) }
        guard bytes.count >= body + count + 2 else { return nil }
        guard bytes[body + count] == 13, bytes[body + count + 1] == 10 else {
            throw Violation(description: "no CR LF behind the body of '\(line)'")
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
