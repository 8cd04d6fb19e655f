/// Takes the payloads out of WebSocket frames (RFC 6455), behind the HTTP header. For frames without extensions.
struct WebSocketUnframer {
    private var buffer: [UInt8] = []
    private var isBehindHeader = false

    /// The payload bytes of the data frames that are whole now.
    mutating func feed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        buffer += bytes
        if !isBehindHeader {
            guard let end = headerEnd else { return [] }
            buffer.removeFirst(end)
            isBehindHeader = true
        }
        var payload: [UInt8] = []
        var start = 0
        while let end = frame(from: start, into: &payload) { start = end }
        buffer.removeFirst(start)
        return payload[...]
    }

    private var headerEnd: Int? {
        let blankLine = Array("\r\n\r\n".utf8)
        guard buffer.count >= 4 else { return nil }
        return (4...buffer.count).first { buffer[($0 - 4)..<$0].elementsEqual(blankLine) }
    }

    /// The end of the frame that begins at `start`; nil when it isn't whole.
    private func frame(from start: Int, into payload: inout [UInt8]) -> Int? {
        guard buffer.count >= start + 2 else { return nil }
        let isMasked = buffer[start + 1] & 0x80 != 0
        let short = Int(buffer[start + 1] & 0x7F)
        let lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
        let dataStart = start + 2 + lengthBytes + (isMasked ? 4 : 0)
        guard buffer.count >= dataStart else { return nil }
        let length = lengthBytes == 0 ? short : buffer[(start + 2)..<(start + 2 + lengthBytes)].reduce(0) { $0 << 8 | Int($1) }
        guard length >= 0, buffer.count - dataStart >= length else { return nil }
        // Control frames carry nothing of NATS.
        if buffer[start] & 0x0F < 0x8 {
            let data = buffer[dataStart..<(dataStart + length)]
            payload += isMasked ? data.enumerated().map { $1 ^ buffer[dataStart - 4 + $0 % 4] } : Array(data)
        }
        return dataStart + length
    }
}
