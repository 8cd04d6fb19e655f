import NATSProtocol

/// What a decoder made of a stream, as values that don't depend on where the bytes lay.
enum DecodedItem: Equatable {
    case message(sid: UInt64, subject: String, reply: String, headers: [UInt8], payload: [UInt8])
    case info(String)
    case error(String)
    case ping
    case pong
    case ok

    init(_ kind: FrameKind, _ frame: DecodedFrame, _ bytes: [UInt8]) {
        func text(_ start: Int, _ count: Int) -> String {
            String(decoding: bytes[start..<start + count], as: UTF8.self)
        }
        switch kind {
        case .message:
            self = .message(
                sid: frame.sid, subject: text(frame.subjectStart, frame.subjectCount),
                reply: frame.replyCount == 0 ? "" : text(frame.replyStart, frame.replyCount),
                headers: Array(bytes[frame.bodyStart..<frame.bodyStart + frame.headerCount]),
                payload: Array(bytes[frame.payloadStart..<frame.payloadStart + frame.payloadCount]))
        case .info: self = .info(text(frame.textStart, frame.textCount))
        case .error: self = .error(text(frame.textStart, frame.textCount))
        case .ping: self = .ping
        case .pong: self = .pong
        case .ok: self = .ok
        case .needsMore: preconditionFailure("not a frame")
        }
    }
}

struct DecodedStream: Equatable {
    var items: [DecodedItem] = []
    var error: ProtocolError?
    /// Bytes that wait for the rest of their frame.
    var leftoverCount = 0
}

/// Feeds `bytes` in chunks that end at `splits` (sorted), keeping the unread bytes as a driver would.
func decode(
    _ bytes: [UInt8], splitAt splits: [Int] = [], limits: DecoderLimits = DecoderLimits(),
    using decoder: (inout FrameDecoder) -> Void = { _ in }
) -> DecodedStream {
    var stream = DecodedStream()
    var machine = FrameDecoder(limits: limits)
    var buffer: [UInt8] = []
    var fed = 0
    for end in splits + [bytes.count] {
        buffer += bytes[fed..<end]
        fed = end
        var offset = 0
        var frame = DecodedFrame()
        feeding: while offset < buffer.count {
            decoder(&machine)
            do throws(ProtocolError) {
                let kind = try machine.next(buffer.span, at: offset, &frame)
                if kind == .needsMore { break feeding }
                stream.items.append(DecodedItem(kind, frame, buffer))
                offset = frame.end
            } catch {
                stream.error = error
                return stream
            }
        }
        buffer.removeFirst(offset)
    }
    stream.leftoverCount = buffer.count
    return stream
}

/// The whole stream through the slow path: a decoder that believes to have a leftover doesn't try the fast one.
func decodeSlowly(_ bytes: [UInt8], limits: DecoderLimits = DecoderLimits()) -> DecodedStream {
    decode(bytes, limits: limits, using: { $0.forceSlowPath() })
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
