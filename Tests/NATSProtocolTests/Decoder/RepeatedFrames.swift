import NATSProtocol

/// What the messages of one subscription to one subject have in common.
struct CommonLine {
    let operation: String
    let subject: String
    let sid: String

    /// A line whose beginning, up to where the sizes start, has `size` bytes.
    init(_ operation: String, size: Int, sid: String = "7", lastLetter: String = "a") {
        self.operation = operation
        self.sid = sid
        let subjectCount = size - operation.utf8.count - sid.utf8.count - 3
        subject = String(repeating: "a", count: subjectCount - 1) + lastLetter
    }

    var beginning: String { "\(operation) \(subject) \(sid) " }
    var hasHeaders: Bool { operation == "HMSG" }
}

/// The ways in which the line of a message may be written.
enum LineForm: CaseIterable {
    case plain
    case leadingZeros
    /// A reply subject that could be a size.
    case digitReply
    case reply
    case tab
    case doubleSpace
    case blankBeforeLineEnd
    case lowerCase

    /// Whether the line begins like the one before it and goes on with nothing but its sizes.
    var isRepetition: Bool { self == .plain || self == .leadingZeros }
}

extension CommonLine {
    /// A whole message; `blank` says which of the blanks is written otherwise.
    func message(_ form: LineForm = .plain, headers: [UInt8] = [], payload: [UInt8], blank: Int = 0) -> [UInt8] {
        let body = (hasHeaders ? headers : []) + payload
        let total = form == .leadingZeros ? "000\(body.count)" : "\(body.count)"
        let sizes = hasHeaders ? ["\(headers.count)", total] : [total]
        let reply = form == .digitReply ? ["12"] : form == .reply ? ["_INBOX.reply.7"] : []
        let words = [form == .lowerCase ? operation.lowercased() : operation, subject, sid] + reply + sizes
        var line = words[0]
        for (index, word) in words.dropFirst().enumerated() {
            let isChosen = index == blank % (words.count - 1)
            line += isChosen && form == .tab ? "\t" : isChosen && form == .doubleSpace ? "  " : " "
            line += word
        }
        if form == .blankBeforeLineEnd { line += " " }
        return bytes(line + "\r\n") + body + [0x0D, 0x0A]
    }

    /// A line end and a message of this line: bytes that a payload may have.
    var lookalike: [UInt8] {
        bytes("\r\n" + beginning + (hasHeaders ? "0 5" : "5") + "\r\nhello\r\n")
    }

    /// `count` bytes of that, again and again.
    func lookalike(_ count: Int) -> [UInt8] {
        let repeated = lookalike
        return (0..<count).map { repeated[$0 % repeated.count] }
    }
}

/// A run of messages, drawn at random, of the lines of a few subscriptions.
func randomRun(_ lines: [CommonLine], count: Int, _ random: inout RandomSource) -> [UInt8] {
    func number(below bound: Int) -> Int { Int(random.next(below: UInt64(bound))) }
    var stream: [UInt8] = []
    var line = lines[0]
    for _ in 0..<count {
        if number(below: 3) == 0 { line = lines[number(below: lines.count)] }
        if number(below: 8) == 0 { stream += bytes("PING\r\n") }
        let form = number(below: 2) == 0 ? .plain : LineForm.allCases[number(below: LineForm.allCases.count)]
        let payloadCount = [0, 1, 2, 9, 10, 11, 99, 100][number(below: 8)]
        let payload =
            switch number(below: 3) {
            case 0: [UInt8](repeating: 0x0D, count: payloadCount)
            case 1: line.lookalike(payloadCount)
            default: [UInt8](repeating: 0x78, count: payloadCount)
            }
        let headers = [[], bytes("NATS/1.0\r\n\r\n"), line.lookalike(10)][number(below: 3)]
        stream += line.message(form, headers: headers, payload: payload, blank: number(below: 5))
    }
    return stream
}
