import NATSProtocol

/// The codec alone, on memory that is there already.
enum CodecOperations {
    private static let framesPerBlock = 400

    static func decode(_ count: Int, hasHeaders: Bool = false) {
        let payload = String(repeating: "x", count: 128)
        let headers = "NATS/1.0\r\nTrace: 0123456789abcdef\r\nOrigin: sensor-7\r\nKind: temperature\r\n\r\n"
        let frame =
            hasHeaders
            ? "HMSG bench.stream 12 \(headers.utf8.count) \(headers.utf8.count + 128)\r\n\(headers)\(payload)\r\n"
            : "MSG bench.stream 12 128\r\n\(payload)\r\n"
        let block = Array(String(repeating: frame, count: framesPerBlock).utf8)
        var decoder = FrameDecoder()
        var decoded = DecodedFrame()
        var left = count
        let bytes = block.span
        do throws(ProtocolError) {
            while left > 0 {
                var position = 0
                while position < bytes.count, left > 0 {
                    guard try decoder.next(bytes, at: position, &decoded) == .message else { fail("no message") }
                    position = decoded.end
                    left -= 1
                }
            }
        } catch {
            fail("\(error)")
        }
    }

    static func encode(_ count: Int) {
        let subject = "bench.stream"
        let payload = [UInt8](repeating: 0x78, count: 128)
        var buffer = ByteBuffer(minimumCapacity: 128 * 1024)
        for index in 0..<count {
            if index % framesPerBlock == 0 { buffer.removeAll() }
            FrameEncoder.publish(
                subject: subject.utf8Span.span, reply: Span<UInt8>(), payload: payload.span, into: &buffer)
        }
    }
}
