/// What a frame is. RFC 6455 section 5.2.
package enum WebSocketOpcode: UInt8, Sendable, CaseIterable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
}

enum WebSocketBits {
    static let final: UInt8 = 0x80
    /// RSV1: the message is compressed (RFC 7692 section 6).
    static let compressed: UInt8 = 0x40
    static let reserved: UInt8 = 0x30
    static let opcode: UInt8 = 0x0F
    static let masked: UInt8 = 0x80
    static let length: UInt8 = 0x7F
    /// The largest payload of a control frame, and the largest length that fits into the second byte.
    static let shortLengthMax = 125
}

/// The 2 to 14 bytes in front of the payload of a client's frame.
package struct WebSocketFrameHeader: Sendable {
    /// With it the payload has to be masked; nil when the server said that it needn't be.
    package let mask: WebSocketMask?
    private var bytes = InlineArray<14, UInt8>(repeating: 0)
    package private(set) var count = 0

    package init(_ opcode: WebSocketOpcode, payloadCount: Int, mask: WebSocketMask?, isCompressed: Bool = false) {
        self.mask = mask
        let maskBit = mask == nil ? 0 : WebSocketBits.masked
        append(opcode.rawValue | WebSocketBits.final | (isCompressed ? WebSocketBits.compressed : 0))
        if payloadCount <= WebSocketBits.shortLengthMax {
            append(maskBit | UInt8(truncatingIfNeeded: payloadCount))
        } else if payloadCount <= Int(UInt16.max) {
            append(maskBit | 126)
            append(bigEndian: payloadCount, byteCount: 2)
        } else {
            append(maskBit | 127)
            append(bigEndian: payloadCount, byteCount: 8)
        }
        guard let mask else { return }
        for shift in [UInt32(0), 8, 16, 24] { append(UInt8(truncatingIfNeeded: mask.word >> shift)) }
    }

    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(0..<count) }
    }

    private mutating func append(bigEndian value: Int, byteCount: Int) {
        for index in (0..<byteCount).reversed() { append(UInt8(truncatingIfNeeded: value >> (index * 8))) }
    }

    private mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }
}
