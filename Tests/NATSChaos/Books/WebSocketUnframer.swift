/// Takes the payloads out of WebSocket frames (RFC 6455), behind the HTTP header. For frames without extensions.
struct WebSocketUnframer {
    /// What is neither payload nor whole yet.
    private var head: [UInt8] = []
    private var isBehindHeader = false
    /// Of the frame that is being read.
    private var remaining = 0
    private var isControl = false
    private var mask: [UInt8] = []
    private var position = 0

    /// The payload of data frames as far as it is there: a receiver doesn't wait for the end of a frame either.
    mutating func feed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var payload: [UInt8] = []
        var rest = bytes
        while !rest.isEmpty {
            if remaining > 0 {
                let data = rest.prefix(remaining)
                if !isControl { payload += data.enumerated().map { mask.isEmpty ? $1 : $1 ^ mask[(position + $0) % 4] } }
                position += data.count
                remaining -= data.count
                rest = rest.dropFirst(data.count)
            } else {
                head.append(rest.removeFirst())
                if isBehindHeader { beginFrame() } else { endHeader() }
            }
        }
        return payload[...]
    }

    private mutating func endHeader() {
        guard head.suffix(4).elementsEqual("\r\n\r\n".utf8) else { return }
        isBehindHeader = true
        head = []
    }

    /// Once its head is whole.
    private mutating func beginFrame() {
        guard head.count >= 2 else { return }
        let short = Int(head[1] & 0x7F)
        let lengthEnd = short == 126 ? 4 : short == 127 ? 10 : 2
        let end = lengthEnd + (head[1] & 0x80 == 0 ? 0 : 4)
        guard head.count == end else { return }
        remaining = lengthEnd == 2 ? short : head[2..<lengthEnd].reduce(0) { $0 << 8 | Int($1) }
        // Control frames carry nothing of NATS.
        isControl = head[0] & 0x0F >= 0x8
        mask = Array(head[lengthEnd..<end])
        position = 0
        head = []
    }
}
