import NATSProtocol

/// What a stream answers to a publish: the values that a plain parser finds. What is learnt from an answer is true of the next one.
enum PublishAckTarget: FuzzTarget {
    static let name = "publish-acks"

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let plain = PlainJSON([UInt8](copying: input), checksTexts: false)
        guard let acknowledgement = attempt({ () throws(JSONError) in try PublishAcknowledgement(json: input) }) else { return }
        guard let plain, case .object = plain else { throw FuzzFinding("read what isn't a JSON object") }
        try expectEqual(acknowledgement.stream, text(plain["stream"]) ?? "", "stream")
        try expectEqual(acknowledgement.domain, text(plain["domain"]), "domain")
        try expectEqual(acknowledgement.value, text(plain["val"]), "val")
        try expectEqual(acknowledgement.isDuplicate, plain["duplicate"] == .bool(true), "duplicate")
        let hasError = plain["error"].map { $0 != .null } ?? false
        try expectEqual(acknowledgement.error != nil, hasError, "error")
        guard let pattern = AcknowledgementPattern(input, acknowledgement) else { return }
        try expectPattern(pattern, input, acknowledgement)
    }

    private static func text(_ value: PlainJSON?) -> String? {
        if case .string(let text)? = value { text } else { nil }
    }

    private static func expectPattern(
        _ pattern: AcknowledgementPattern, _ input: Span<UInt8>, _ acknowledgement: PublishAcknowledgement
    ) throws(FuzzFinding) {
        if acknowledgement.sequence < 1_000_000_000_000_000_000 {
            let place = pattern.match(input)
            // A number may begin with zeros, which fill the room for its digits.
            try expect(place == nil || place?.sequence == acknowledgement.sequence, "the pattern finds another sequence")
            try expect(place == nil || place?.isDuplicate == acknowledgement.isDuplicate, "the pattern finds another duplicate")
        }
        // The same text with another number and another end.
        let text = [UInt8](copying: input)
        guard let member = lastIndex(of: Array("\"seq\":".utf8), in: text) else {
            throw FuzzFinding("a pattern without a number")
        }
        for (number, end) in [(7, "}"), (1_234_567, ",\"duplicate\": true}"), (99, ",\"duplicate\":true}"), (5, ",\"x\":1}")] {
            let other = text[..<member] + Array("\"seq\":\(number)\(end)".utf8)
            guard let place = pattern.match(Array(other).span) else { continue }
            let read = attempt({ () throws(JSONError) in try PublishAcknowledgement(json: Array(other).span) })
            try expectEqual(read?.sequence, place.sequence, "another sequence than the JSON's")
            try expectEqual(read?.isDuplicate, place.isDuplicate, "another duplicate than the JSON's")
            try expectEqual(read?.stream, acknowledgement.stream, "another stream than the JSON's")
        }
    }

    private static func lastIndex(of part: [UInt8], in text: [UInt8]) -> Int? {
        guard text.count >= part.count else { return nil }
        return (0...(text.count - part.count)).last { text[$0..<($0 + part.count)].elementsEqual(part) }
    }
}

/// What a stream says to a fast batch.
enum FastBatchTarget: FuzzTarget {
    static let name = "fast-batches"

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        guard let answer = attempt({ () throws(JSONError) in try FastBatchAnswer(json: input) }) else { return }
        guard let plain = PlainJSON([UInt8](copying: input), checksTexts: false), case .object = plain else {
            throw FuzzFinding("read what isn't a JSON object")
        }
        let type: String
        switch answer {
        case .flow(let sequence, let messages):
            type = "ack"
            try expectFlow(sequence, messages)
        case .gap: type = "gap"
        case .refused: type = "err"
        case .end: type = ""
        }
        if case .string(let text)? = plain["type"], ["ack", "gap", "err"].contains(text) {
            try expectEqual(type, text, "the kind of answer")
        } else {
            try expectEqual(type, "", "the kind of answer")
        }
    }

    /// Whatever a stream says, a batch of ten messages may have so many under way, and no more.
    private static func expectFlow(_ sequence: UInt64, _ messages: UInt64) throws(FuzzFinding) {
        var flow = FastBatchFlow()
        for _ in 0..<10 { _ = flow.next() }
        flow.received(upTo: sequence, interval: messages)
        try expectEqual(flow.acknowledged, min(sequence, 10), "what is acknowledged")
        let underWay = 10 - flow.acknowledged
        let interval = min(max(messages, 1), 65_535)
        try expectEqual(flow.mayGoOn, underWay < 2 * interval, "whether the batch may go on")
    }
}
