/// What came over a WebSocket, whatever the frames and chunks were.
struct WebSocketReading: Equatable {
    struct Control: Equatable {
        var opcode: UInt8
        var payload: [UInt8]
    }

    var data: [UInt8] = []
    /// Where in `data` compressed messages end.
    var messageEnds: [Int] = []
    var control: [Control] = []
    var hasFailed = false
}

/// RFC 6455 and 7692 for bytes from a server, read frame by frame from the whole.
struct PlainWebSocket {
    let compresses: Bool
    let limit: Int

    func read(_ wire: [UInt8]) -> WebSocketReading {
        var reading = WebSocketReading()
        var rest = wire[...]
        var openIsCompressed: Bool?
        while let first = rest.popFirst() {
            let (isFinal, isCompressed, opcode) = (first & 0x80 != 0, first & 0x40 != 0, first & 0x0F)
            let isControl = opcode >= 8
            var isSound = first & 0x30 == 0 && [0, 1, 2, 8, 9, 10].contains(opcode)
            if isControl { isSound = isSound && isFinal && !isCompressed }
            if opcode == 0 { isSound = isSound && openIsCompressed != nil && !isCompressed }
            if opcode == 1 || opcode == 2 { isSound = isSound && openIsCompressed == nil && (compresses || !isCompressed) }
            guard isSound else { return failed(reading) }
            guard let second = rest.popFirst() else { return reading }
            guard second & 0x80 == 0, !isControl || second <= 125 else { return failed(reading) }
            guard let count = Self.length(second, &rest) else { return reading }
            guard isControl || count <= UInt64(limit) else { return failed(reading) }
            let payload = rest.prefix(Int(clamping: count))
            rest = rest[payload.endIndex...]
            let isWhole = payload.count == count
            guard !isControl else {
                guard isWhole else { return reading }
                if opcode == 8, !Self.isSoundClose(Array(payload)) { return failed(reading) }
                reading.control.append(.init(opcode: opcode, payload: Array(payload)))
                if opcode == 8 { return reading }
                continue
            }
            let messageIsCompressed = opcode == 0 ? openIsCompressed == true : isCompressed
            openIsCompressed = isFinal ? nil : messageIsCompressed
            reading.data += payload
            if isWhole, isFinal, messageIsCompressed { reading.messageEnds.append(reading.data.count) }
        }
        return reading
    }

    private func failed(_ reading: WebSocketReading) -> WebSocketReading {
        var reading = reading
        reading.hasFailed = true
        return reading
    }

    private static func isSoundClose(_ payload: [UInt8]) -> Bool {
        guard !payload.isEmpty else { return true }
        guard payload.count >= 2 else { return false }
        return (1000..<5000).contains(Int(payload[0]) * 256 + Int(payload[1]))
    }

    private static func length(_ byte: UInt8, _ rest: inout ArraySlice<UInt8>) -> UInt64? {
        let count = byte & 0x7F
        guard count >= 126 else { return UInt64(count) }
        let digits = rest.prefix(count == 126 ? 2 : 8)
        guard digits.count == (count == 126 ? 2 : 8) else { return nil }
        rest = rest[digits.endIndex...]
        return digits.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The same frames as a server would send them.
    static func unmasked(_ wire: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = wire[...]
        while let first = rest.popFirst(), let second = rest.popFirst() {
            let before = rest
            guard let count = length(second & 0x7F, &rest), rest.count >= Int(count) + 4 else { return result }
            result += [first, second & 0x7F] + before[..<rest.startIndex]
            let key = Array(rest.prefix(4))
            rest = rest.dropFirst(4)
            result += rest.prefix(Int(count)).enumerated().map { $1 ^ key[$0 % 4] }
            rest = rest.dropFirst(Int(count))
        }
        return result
    }
}
