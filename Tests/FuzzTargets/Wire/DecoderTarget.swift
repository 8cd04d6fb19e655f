import NATSProtocol

/// What a server sends: the same events however it is cut, and those that a plain parser finds.
enum DecoderTarget: FuzzTarget {
    static let name = "decoder"

    private static let narrow = DecoderLimits(
        controlLineBytes: 40, infoBytes: 48, errorBytes: 24, headerBytes: 16, payloadBytes: 64)
    /// Inputs of up to so many bytes are cut at every place.
    private static let everyCutByteCountMax = 64

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let bytes = [UInt8](copying: input)
        for limits in [DecoderLimits(), narrow] {
            let whole = try decode(input, limits)
            let plain = PlainDecoder(limits: limits).decode(bytes)
            try expectEqual(whole.text, plain, "the plain decoder disagrees")
            for cuts in cuts(of: input) {
                let parts = try decode(bytes, cutAt: cuts, limits)
                try expectEqual(parts, whole, "cut at \(cuts)")
            }
        }
    }

    private struct Decoded: Equatable {
        var text = WireText()
        /// With the place and the limit.
        var error: ProtocolError?
    }

    private static func cuts(of input: Span<UInt8>) -> [[Int]] {
        guard input.count > 1 else { return [] }
        var random = RandomSource(belongingTo: input)
        var cuts = [Array(1..<input.count)]
        for likelihood in [2, 7, 23] as [UInt64] {
            cuts.append((1..<input.count).filter { _ in random.next(below: likelihood) == 0 })
        }
        if input.count <= everyCutByteCountMax { cuts += (1..<input.count).map { [$0] } }
        return cuts
    }

    /// All bytes at once, where they lie: an access behind them is one behind the memory.
    private static func decode(_ bytes: Span<UInt8>, _ limits: DecoderLimits) throws(FuzzFinding) -> Decoded {
        var decoder = FrameDecoder(limits: limits)
        var decoded = Decoded()
        var offset = 0
        try take(bytes, &offset, &decoder, &decoded)
        if decoded.error == nil { decoded.text.leftoverCount = bytes.count - offset }
        return decoded
    }

    /// In chunks that end at `cuts`, with the unread bytes in front, as the driver does it.
    private static func decode(
        _ bytes: [UInt8], cutAt cuts: [Int], _ limits: DecoderLimits
    ) throws(FuzzFinding) -> Decoded {
        var decoder = FrameDecoder(limits: limits)
        var decoded = Decoded()
        var (unread, fed) = (0, 0)
        for end in cuts + [bytes.count] {
            fed = end
            let chunk = Array(bytes[unread..<fed])
            var offset = 0
            try take(chunk.span, &offset, &decoder, &decoded)
            if decoded.error != nil { return decoded }
            unread += offset
        }
        decoded.text.leftoverCount = bytes.count - unread
        return decoded
    }

    private static func take(
        _ bytes: Span<UInt8>, _ offset: inout Int, _ decoder: inout FrameDecoder, _ decoded: inout Decoded
    ) throws(FuzzFinding) {
        var frame = DecodedFrame()
        while offset < bytes.count {
            let kind: FrameKind
            do throws(ProtocolError) {
                kind = try decoder.next(bytes, at: offset, &frame)
            } catch {
                decoded.error = error
                decoded.text.error = error.kind
                return try expectSameErrorAgain(error, bytes, offset, decoder)
            }
            if kind == .needsMore {
                try expect(frame.needed == 0 || frame.needed > bytes.count - offset, "needs what is there already")
                return
            }
            try expect(frame.end > offset && frame.end <= bytes.count, "a frame ends at \(frame.end) of \(bytes.count)")
            decoded.text.items.append(try item(kind, frame, bytes))
            offset = frame.end
        }
    }

    private static func expectSameErrorAgain(
        _ error: ProtocolError, _ bytes: Span<UInt8>, _ offset: Int, _ decoder: FrameDecoder
    ) throws(FuzzFinding) {
        var decoder = decoder
        var frame = DecodedFrame()
        do throws(ProtocolError) {
            _ = try decoder.next(bytes, at: offset, &frame)
        } catch let again {
            return try expectEqual(again, error, "another error at the second call")
        }
        throw FuzzFinding("an error isn't kept")
    }

    private static func item(
        _ kind: FrameKind, _ frame: DecodedFrame, _ bytes: Span<UInt8>
    ) throws(FuzzFinding) -> WireItem {
        func part(_ start: Int, _ count: Int) throws(FuzzFinding) -> [UInt8] {
            guard count != 0 else { return [] }
            try expect(start >= 0 && count > 0 && count <= bytes.count - start, "a part lies outside of the bytes")
            return [UInt8](copying: bytes.extracting(start..<start + count))
        }
        switch kind {
        case .message:
            return .message(
                sid: frame.sid, subject: try part(frame.subjectStart, frame.subjectCount),
                reply: try part(frame.replyStart, frame.replyCount),
                headers: try part(frame.bodyStart, frame.headerCount),
                payload: try part(frame.payloadStart, frame.payloadCount))
        case .info: return .info(try part(frame.textStart, frame.textCount))
        case .error: return .error(try part(frame.textStart, frame.textCount))
        case .ping: return .ping
        case .pong: return .pong
        case .ok: return .ok
        case .needsMore: throw FuzzFinding("needsMore is no frame")
        }
    }
}
