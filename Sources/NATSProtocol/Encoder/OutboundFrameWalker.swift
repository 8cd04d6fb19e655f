/// The operations that a client sends.
package enum OutboundFrameKind: UInt8, Sendable, CaseIterable {
    case publish
    case headerPublish
    case subscribe
    case unsubscribe
    case ping
    case pong
    case connect
}

/// One whole frame among outbound bytes.
package struct OutboundFrame: Equatable, Sendable {
    package let kind: OutboundFrameKind
    /// The frame with its line ends.
    package let range: Range<Int>
    /// Headers and payload, for a publish; empty otherwise.
    package let body: Range<Int>

    package var isPublish: Bool { kind == .publish || kind == .headerPublish }

    /// Where a publish's reply subject stands in the same bytes; nil when it has none.
    package func reply(in bytes: Span<UInt8>) -> Range<Int>? {
        // PUB subject reply #payload, HPUB subject reply #headers #total
        let wordsBehindReply = kind == .headerPublish ? 2 : 1
        guard isPublish else { return nil }
        var spaces: [Int] = []
        var index = range.lowerBound
        while index < body.lowerBound {
            if bytes[index] == 0x20 { spaces.append(index) }
            index &+= 1
        }
        guard spaces.count == 2 + wordsBehindReply else { return nil }
        return spaces[1] &+ 1..<spaces[2]
    }
}

/// Walks the frames in bytes that `FrameEncoder` wrote.
///
/// After a lost connection this tells which frames were whole and which of them were publishes. It is total: bytes
/// that no encoder wrote end the walk with a step that says where.
package struct OutboundFrameWalker: Sendable {
    package enum Step: Equatable, Sendable {
        case frame(OutboundFrame)
        /// The bytes end between two frames.
        case end
        /// The bytes end within the frame that starts here.
        case incomplete(at: Int)
        /// No frame of ours starts here.
        case malformed(at: Int)
    }

    /// Where the next frame starts.
    package private(set) var offset: Int

    package init(at offset: Int = 0) {
        self.offset = offset
    }

    /// Payload bytes of one frame that lie elsewhere: `count` of them belong in front of the byte at `position`.
    package struct AbsentPayload: Sendable {
        package let position: Int
        package let count: Int

        package init(position: Int, count: Int) {
            self.position = position
            self.count = count
        }
    }

    /// The next frame, or why there is none; after that, always the same.
    ///
    /// - Parameter absent: the next payload that isn't among the bytes; the frame to which it belongs is shorter here.
    package mutating func next(_ bytes: Span<UInt8>, absent: AbsentPayload? = nil) -> Step {
        guard offset >= 0, offset <= bytes.count else { return .malformed(at: offset) }
        if offset == bytes.count { return .end }
        let kind: OutboundFrameKind
        switch beginning(bytes) {
        case .operation(let recognised): kind = recognised
        case .cutOff: return .incomplete(at: offset)
        case .unknown: return .malformed(at: offset)
        }
        let lineEnd = bytes.firstLineEnd(from: offset)
        guard lineEnd &+ 1 < bytes.count else { return .incomplete(at: offset) }
        guard bytes[lineEnd] == 0x0D, bytes[lineEnd &+ 1] == 0x0A else { return .malformed(at: offset) }
        let bodyStart = lineEnd &+ 2
        var bodyCount = 0
        var end = bodyStart
        if kind == .publish || kind == .headerPublish {
            guard let size = Self.lastNumber(bytes, in: offset..<lineEnd) else { return .malformed(at: offset) }
            guard let present = Self.present(of: size, from: bodyStart, absent: absent), present <= bytes.count else {
                return .incomplete(at: offset)
            }
            bodyCount = present
            end = bodyStart &+ bodyCount &+ 2
            guard end <= bytes.count else { return .incomplete(at: offset) }
            guard bytes[end &- 2] == 0x0D, bytes[end &- 1] == 0x0A else { return .malformed(at: offset) }
        }
        let frame = OutboundFrame(kind: kind, range: offset..<end, body: bodyStart..<bodyStart &+ bodyCount)
        offset = end
        return .frame(frame)
    }

    /// How much of a body of `size` bytes, which begins at `start`, is there. No other body ends where an absent payload
    /// begins: its line end would stand between.
    private static func present(of size: UInt64, from start: Int, absent: AbsentPayload?) -> Int? {
        guard let size = Int(exactly: size) else { return nil }
        guard let absent, absent.position >= start, absent.position &- start == size &- absent.count else { return size }
        return size &- absent.count
    }

    private static let operations: [(word: StaticString, kind: OutboundFrameKind)] = [
        ("PUB ", .publish), ("HPUB ", .headerPublish), ("SUB ", .subscribe), ("UNSUB ", .unsubscribe),
        ("PING\r\n", .ping), ("PONG\r\n", .pong), ("CONNECT ", .connect),
    ]

    private enum Beginning {
        case operation(OutboundFrameKind)
        case cutOff
        case unknown
    }

    /// What the bytes at the offset begin with.
    private func beginning(_ bytes: Span<UInt8>) -> Beginning {
        for operation in Self.operations {
            let agreeing = bytes.agreeingCount(with: operation.word, at: offset)
            if agreeing == operation.word.utf8CodeUnitCount { return .operation(operation.kind) }
            if offset &+ agreeing == bytes.count { return .cutOff }
        }
        return .unknown
    }

    /// The number after the last space of the line.
    private static func lastNumber(_ bytes: Span<UInt8>, in line: Range<Int>) -> UInt64? {
        var start = line.upperBound
        while start > line.lowerBound, bytes[start &- 1] != 0x20 { start &-= 1 }
        return Decimal.parse(bytes, start, line.upperBound)
    }
}
