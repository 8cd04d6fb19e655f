import NATSProtocol

/// Frames to the server: the bytes that a plain concatenation gives, and what walks over them finds them again.
///
/// The input is a list of operations: one byte that chooses, then its fields, each a byte of length and that many bytes.
enum EncoderTarget: FuzzTarget {
    static let name = "encoder"
    static let byteCountMax = 2048

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        var fields = InputFields(input)
        var buffer = ByteBuffer(minimumCapacity: 16)
        var expected: [UInt8] = []
        var kinds: [OutboundFrameKind] = []
        while !fields.isAtEnd {
            let start = buffer.count
            let frame = plainFrame(&fields, into: &buffer)
            guard let frame else {
                try expectEqual(buffer.count, start, "a refused frame leaves bytes")
                continue
            }
            kinds.append(frame.kind)
            expected += frame.bytes
            try expectEqual([UInt8](copying: buffer.span.extracting(start...)), frame.bytes, "\(frame.kind)")
        }
        try expectEqual([UInt8](copying: buffer.span), expected, "the whole")
        try expectWalk(over: buffer.span, kinds)
        if !expected.isEmpty {
            var random = RandomSource(belongingTo: input)
            try expectCutWalk(expected, at: Int(random.next(below: UInt64(expected.count))))
        }
    }

    private struct Frame {
        let kind: OutboundFrameKind
        let bytes: [UInt8]
    }

    /// Encodes one frame; nil when the encoder has to refuse it.
    private static func plainFrame(_ fields: inout InputFields, into buffer: inout ByteBuffer) -> Frame? {
        let choice = fields.byte()
        switch choice % 8 {
        case 0, 1, 2, 3, 4: return publish(choice, &fields, into: &buffer)
        case 5:
            let (subject, group) = (fields.name(), fields.name())
            let sid = fields.number()
            FrameEncoder.subscribe(
                subject: text(subject), queueGroup: choice < 128 ? nil : text(group), sid: sid, into: &buffer)
            let middle = choice < 128 ? [] : group + [0x20]
            return Frame(kind: .subscribe, bytes: "SUB ".utf8 + subject + [0x20] + middle + "\(sid)\r\n".utf8)
        case 6:
            let (sid, maximum) = (fields.number(), choice < 128 ? nil : fields.number())
            FrameEncoder.unsubscribe(sid: sid, maximum: maximum, into: &buffer)
            return Frame(kind: .unsubscribe, bytes: Array("UNSUB \(sid)\(maximum.map { " \($0)" } ?? "")\r\n".utf8))
        default:
            if choice < 128 { FrameEncoder.ping(into: &buffer) } else { FrameEncoder.pong(into: &buffer) }
            return Frame(kind: choice < 128 ? .ping : .pong, bytes: Array((choice < 128 ? "PING\r\n" : "PONG\r\n").utf8))
        }
    }

    private static func publish(_ choice: UInt8, _ fields: inout InputFields, into buffer: inout ByteBuffer) -> Frame? {
        let subject = choice % 8 == 4 ? fields.bytes() : fields.name()
        let (reply, headers) = (choice < 128 ? [] : fields.name(), choice & 32 == 0 ? [] : fields.bytes())
        // Long ones now and then: sizes of four digits and more take another way.
        let payload = choice & 64 == 0 ? fields.bytes() : fields.bytes() + [UInt8](repeating: 7, count: 9_990)
        switch choice % 8 {
        case 4:
            guard payload.count <= FrameEncoder.shortPayloadMax else { return nil }
            let isPublished = FrameEncoder.publishShort(subject: subject.span, payload: payload.span, into: &buffer)
            let isSound = subject.allSatisfy { $0 > 0x20 }
            return isPublished || isSound ? frame(subject, [], [], payload) : nil
        case 0, 1:
            let prefix = PublishPrefix(subject: text(subject))
            if headers.isEmpty {
                FrameEncoder.publish(prefix: prefix, reply: reply.span, payload: payload.span, into: &buffer)
            } else {
                FrameEncoder.publish(
                    prefix: prefix, reply: reply.span, headers: headers.span, payload: payload.span, into: &buffer)
            }
        default:
            if headers.isEmpty, choice % 8 == 2 {
                FrameEncoder.publish(subject: subject.span, reply: reply.span, payload: payload.span, into: &buffer)
            } else {
                FrameEncoder.publish(
                    subject: subject.span, reply: reply.span, headers: headers.span, payload: payload.span, into: &buffer)
            }
        }
        return frame(subject, reply, headers, payload)
    }

    private static func frame(_ subject: [UInt8], _ reply: [UInt8], _ headers: [UInt8], _ payload: [UInt8]) -> Frame {
        var bytes = Array((headers.isEmpty ? "PUB " : "HPUB ").utf8) + subject + [0x20]
        if !reply.isEmpty { bytes += reply + [0x20] }
        if !headers.isEmpty { bytes += "\(headers.count) ".utf8 }
        bytes += "\(headers.count + payload.count)\r\n".utf8
        return Frame(kind: headers.isEmpty ? .publish : .headerPublish, bytes: bytes + headers + payload + [0x0D, 0x0A])
    }

    private static func expectWalk(over bytes: Span<UInt8>, _ kinds: [OutboundFrameKind]) throws(FuzzFinding) {
        var walker = OutboundFrameWalker()
        for kind in kinds {
            guard case .frame(let frame) = walker.next(bytes) else { throw FuzzFinding("the walk ends before \(kind)") }
            try expectEqual(frame.kind, kind, "the walk finds another kind")
        }
        try expectEqual(walker.next(bytes), .end, "the walk goes on behind the end")
    }

    /// In what is cut off the walk ends with the last whole frame.
    private static func expectCutWalk(_ bytes: [UInt8], at cut: Int) throws(FuzzFinding) {
        let bytes = Array(bytes[..<cut])
        var walker = OutboundFrameWalker()
        while true {
            switch walker.next(bytes.span) {
            case .frame(let frame): try expect(frame.range.upperBound <= cut, "a frame behind the end")
            case .end, .incomplete: return
            case .malformed(let at): throw FuzzFinding("malformed at \(at) though only cut off at \(cut)")
            }
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
