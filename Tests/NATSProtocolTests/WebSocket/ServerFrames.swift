@testable import NATSProtocol

/// Writes frames as a server does, and ones that it must not write.
enum ServerFrames {
    static func frame(
        _ opcode: UInt8, _ payload: [UInt8] = [], final: Bool = true, bits: UInt8 = 0, masked: Bool = false,
        lengthForm: Int? = nil
    ) -> [UInt8] {
        let form = lengthForm ?? (payload.count < 126 ? 0 : payload.count < 65_536 ? 2 : 8)
        let short = form == 0 ? UInt8(truncatingIfNeeded: payload.count) : form == 2 ? 126 : 127
        var bytes = [opcode | (final ? 0x80 : 0) | bits, short | (masked ? 0x80 : 0)]
        for index in (0..<form).reversed() { bytes.append(UInt8(truncatingIfNeeded: payload.count >> (index * 8))) }
        return bytes + payload
    }

    static func frame(_ opcode: UInt8, _ payload: String, final: Bool = true, bits: UInt8 = 0) -> [UInt8] {
        frame(opcode, Array(payload.utf8), final: final, bits: bits)
    }

    static func close(_ code: UInt16, _ reason: String = "") -> [UInt8] {
        frame(8, [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + Array(reason.utf8))
    }

    /// A payload of `count` bytes that tells where it was cut.
    static func payload(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) } }
}

/// What a decoder made of a stream, the same for every way to cut it.
struct DecodedWebSocket: Equatable {
    enum Piece: Equatable {
        case data([UInt8])
        case compressed([UInt8], endsMessage: Bool)
        case ping([UInt8])
        case pong([UInt8])
        case close(WebSocketClose)
    }

    private(set) var pieces: [Piece] = []
    private(set) var error: WebSocketError?

    /// Decodes `bytes`, cut at `cuts`.
    init(_ bytes: [UInt8], acceptsCompression: Bool = false, cuts: [Int] = []) {
        var decoder = WebSocketDecoder(acceptsCompression: acceptsCompression, frameByteCountMax: 100_000)
        var start = 0
        for end in cuts + [bytes.count] {
            let chunk = Array(bytes[start..<end])
            start = end
            var offset = 0
            do throws(WebSocketError) {
                while add(try decoder.next(chunk.span, at: &offset), chunk, decoder) {}
            } catch {
                self.error = error
            }
        }
    }

    /// False when the chunk is used up.
    private mutating func add(_ event: WebSocketEvent, _ chunk: [UInt8], _ decoder: WebSocketDecoder) -> Bool {
        let control = [UInt8](copying: decoder.controlPayload)
        switch event {
        case .needsMore: return false
        case .data(let range): append(data: Array(chunk[range]))
        case .compressedData(let range, let endsMessage): append(compressed: Array(chunk[range]), endsMessage)
        case .ping: pieces.append(.ping(control))
        case .pong: pieces.append(.pong(control))
        case .close(let close): pieces.append(.close(close))
        }
        return true
    }

    private mutating func append(data: [UInt8]) {
        if case .data(let earlier)? = pieces.last {
            pieces[pieces.count - 1] = .data(earlier + data)
        } else {
            pieces.append(.data(data))
        }
    }

    private mutating func append(compressed: [UInt8], _ endsMessage: Bool) {
        if case .compressed(let earlier, endsMessage: false)? = pieces.last {
            pieces[pieces.count - 1] = .compressed(earlier + compressed, endsMessage: endsMessage)
        } else {
            pieces.append(.compressed(compressed, endsMessage: endsMessage))
        }
    }
}
