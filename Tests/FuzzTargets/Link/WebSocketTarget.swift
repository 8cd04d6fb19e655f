import NATSProtocol

/// Frames of a WebSocket server. The lowest bits of the first byte choose compression and a low limit; the rest is the wire.
enum WebSocketTarget: FuzzTarget {
    static let name = "websocket"

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        guard input.count > 0 else { return }
        let compresses = input[0] & 1 != 0
        let limit = input[0] & 2 != 0 ? 64 : ProtocolLimits.webSocketFrameBytes
        let wire = [UInt8](copying: input.extracting(droppingFirst: 1))
        let plain = PlainWebSocket(compresses: compresses, limit: limit).read(wire)
        var random = RandomSource(belongingTo: input)
        for chunk in [wire.count, 1, 2, 1 + Int(random.next(below: 9))] where chunk > 0 {
            let found = try read(wire, compresses: compresses, limit: limit, chunk: chunk)
            try expectEqual(found, plain, "in chunks of \(chunk)")
            if !compresses {
                try expectEqual(unwrap(wire, limit: limit, chunk: chunk, &random), plain, "unwrapped in chunks of \(chunk)")
            }
        }
        try expectFrames(wire, &random)
    }

    private static func read(
        _ wire: [UInt8], compresses: Bool, limit: Int, chunk: Int
    ) throws(FuzzFinding) -> WebSocketReading {
        var decoder = WebSocketDecoder(acceptsCompression: compresses, frameByteCountMax: limit)
        var reading = WebSocketReading()
        do throws(WebSocketError) {
            var start = 0
            while start < wire.count {
                let bytes = Array(wire[start..<min(wire.count, start + chunk)])
                var offset = 0
                reading: while true {
                    switch try decoder.next(bytes.span, at: &offset) {
                    case .needsMore: break reading
                    case .data(let range): reading.data += bytes[range]
                    case .compressedData(let range, let ends):
                        reading.data += bytes[range]
                        if ends { reading.messageEnds.append(reading.data.count) }
                    case .ping: reading.control.append(.init(opcode: 9, payload: [UInt8](copying: decoder.controlPayload)))
                    case .pong: reading.control.append(.init(opcode: 10, payload: [UInt8](copying: decoder.controlPayload)))
                    case .close(let close):
                        reading.control.append(.init(opcode: 8, payload: [UInt8](copying: decoder.controlPayload)))
                        _ = ("\(close)", close.cause, close.echoed)
                    }
                }
                start += chunk
            }
        } catch {
            reading.hasFailed = true
            _ = ("\(error)", error.closeCode)
        }
        return reading
    }

    /// In place, as the transport does it; the answers must be frames by the book.
    private static func unwrap(
        _ wire: [UInt8], limit: Int, chunk: Int, _ random: inout RandomSource
    ) -> WebSocketReading {
        let accepted = WebSocketUpgrade.Accepted(compresses: false, masks: false, end: 0)
        var codec = WebSocketCodec(accepted, frameByteCountMax: limit, random: &random)
        var reading = WebSocketReading()
        var output = ByteBuffer(minimumCapacity: 16)
        var start = 0
        while start < wire.count, !reading.hasFailed {
            var bytes = Array(wire[start..<min(wire.count, start + chunk)])
            var span = bytes.mutableSpan
            let part = codec.unwrap(&span, output: &output)
            reading.data += bytes[..<part.dataCount]
            reading.hasFailed = part.error != nil
            start += chunk
            if part.close != nil { break }
        }
        // What we answer is what came: a pong for each ping, a close for a close or an error.
        var answers = PlainWebSocket(compresses: false, limit: .max).read([UInt8](copying: output.span))
        let plain = PlainWebSocket(compresses: false, limit: limit).read(wire)
        let pongs = plain.control.filter { $0.opcode == 9 }.map(\.payload)
        if answers.control.last?.opcode == 8 { answers.control.removeLast() }
        if answers.hasFailed || answers.control.map(\.payload) != pongs { return WebSocketReading() }
        reading.control = plain.control
        return reading
    }

    /// What we send is read back by the plain reader once it is unmasked.
    private static func expectFrames(_ payload: [UInt8], _ random: inout RandomSource) throws(FuzzFinding) {
        for (masks, repeats) in [(true, 1), (false, 1), (true, 70)] {
            let accepted = WebSocketUpgrade.Accepted(compresses: false, masks: masks, end: 0)
            var codec = WebSocketCodec(accepted, random: &random)
            var output = ByteBuffer(minimumCapacity: 16)
            let long = [UInt8]((0..<repeats).flatMap { _ in payload })
            try expect(codec.append(long.span, to: &output), "nothing is sent")
            try expect(codec.appendClose(to: &output), "no close is sent")
            try expect(!codec.append(long.span, to: &output), "data behind a close")
            let wire = masks ? PlainWebSocket.unmasked([UInt8](copying: output.span)) : [UInt8](copying: output.span)
            let reading = PlainWebSocket(compresses: false, limit: .max).read(wire)
            try expect(!reading.hasFailed, "a frame of \(long.count) bytes can't be read")
            try expectEqual(reading.data, long, "a frame of \(long.count) bytes")
        }
    }
}
