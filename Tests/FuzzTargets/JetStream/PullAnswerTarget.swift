import NATSProtocol

/// The header blocks of statuses: the code and the numbers that a plain parser finds.
enum PullAnswerTarget: FuzzTarget {
    static let name = "pull-answers"

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let plain = PlainHeaders([UInt8](copying: input))
        guard let answer = PullAnswer(headers: input) else {
            return try expect(plain.statusCode == nil || input.count == 0, "a status isn't read")
        }
        guard let code = plain.statusCode else { throw FuzzFinding("read a status where there is none") }
        try expect(Self.codes(of: answer.status).contains(code), "\(answer.status) for the code \(code)")
        // No server folds a number.
        if plain.fields.contains(where: \.isFolded) { return }
        let messages = number("Nats-Pending-Messages", plain)
        try expectEqual(answer.pendingMessages, messages.flatMap { Int(exactly: $0) }, "the messages that are left")
        let pending = number("Nats-Pending-Bytes", plain)
        try expectEqual(answer.pendingBytes, pending.flatMap { Int(exactly: $0) }, "the bytes that are left")
        let last = answer.status == .idleHeartbeat ? number("Nats-Last-Consumer", plain) : nil
        try expectEqual(answer.lastConsumerSequence, last, "the last message of the consumer")
    }

    private static func number(_ name: String, _ plain: PlainHeaders) -> UInt64? {
        guard let field = plain.fields.first(where: { $0.nameText == name }) else { return nil }
        guard !field.value.isEmpty, field.value.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(field.valueText)
    }

    private static func codes(of status: PullStatus) -> Set<Int> {
        switch status {
        case .idleHeartbeat, .flowControl: [100]
        case .badRequest: [400]
        case .noMessages: [404]
        case .requestExpired, .interestExpired, .requestsPending: [408]
        case .apiLevelTooHigh: [412]
        case .pinMismatch: [423]
        case .noResponders: [503]
        case .unknown: Set(0...999).subtracting([100, 400, 404, 408, 412, 423, 503])
        default: [409]
        }
    }
}
