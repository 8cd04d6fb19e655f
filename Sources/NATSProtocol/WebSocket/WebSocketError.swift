/// Why a WebSocket can't be opened, or can't be used any further.
package enum WebSocketError: Error, Hashable, Sendable {
    // What the user wants can't be asked for.
    /// A header that can't be written, or that the upgrade itself sets.
    case unusableHeader(name: String)
    /// The server takes such a path for a leaf node or an MQTT client.
    case reservedPath

    // The upgrade was not answered as it must be.
    case response(HTTPResponseError)
    /// Another status than 101.
    case refused(status: Int, reason: String)
    /// No `Upgrade: websocket` and `Connection: Upgrade`.
    case notUpgraded
    /// `Sec-WebSocket-Accept` doesn't belong to our key: a cache or a mistaken proxy answered.
    case wrongAccept
    /// An extension or protocol that wasn't offered.
    case unexpectedExtension
    /// Compression in which messages depend on the ones before.
    case compressionKeepsContext

    // The server breaks the grammar of frames.
    case reservedBits
    case unknownOpcode(UInt8)
    case maskedFrame
    case fragmentedControl
    case controlTooLong
    case unexpectedContinuation
    case messageInsideMessage
    case unexpectedCompression
    case malformedClose
    case frameTooLong(byteCount: UInt64, limit: Int)
}

extension WebSocketError {
    /// The status of the close frame that answers it (RFC 6455 section 7.4.1).
    package var closeCode: UInt16 {
        if case .frameTooLong = self { WebSocketClose.messageTooBig } else { WebSocketClose.protocolError }
    }
}

extension WebSocketError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unusableHeader(let name):
            "the WebSocket header '\(name)' can't be sent: it isn't well formed, or the upgrade sets it itself"
        case .reservedPath:
            "a WebSocket path must not end in /leafnode or /mqtt: the server takes that for another kind of client"
        case .response(.speaksNATS):
            "the peer is a NATS server's port for nats:// and tls://; use that scheme, or the server's websocket port"
        case .response(let error): "the WebSocket upgrade failed: \(error)"
        case .refused(let status, let reason): "the server refused the WebSocket upgrade: \(status) \(reason)"
        case .notUpgraded: "the server answered the WebSocket upgrade with 101, but didn't upgrade"
        case .wrongAccept: "the answer to the WebSocket upgrade belongs to another request"
        case .unexpectedExtension: "the server chose a WebSocket extension or protocol that wasn't offered"
        case .compressionKeepsContext: "the server's WebSocket compression needs a context, which wasn't offered"
        case .reservedBits: "the server sent a WebSocket frame with reserved bits"
        case .unknownOpcode(let opcode): "the server sent a WebSocket frame of the unknown kind \(opcode)"
        case .maskedFrame: "the server sent a masked WebSocket frame"
        case .fragmentedControl: "the server sent a WebSocket control frame in fragments"
        case .controlTooLong: "the server sent a WebSocket control frame of more than 125 bytes"
        case .unexpectedContinuation: "the server continued a WebSocket message that it hadn't begun"
        case .messageInsideMessage: "the server began a WebSocket message inside another one"
        case .unexpectedCompression: "the server sent a compressed WebSocket frame where none may be"
        case .malformedClose: "the server sent a WebSocket close frame that can't be read"
        case .frameTooLong(let count, let limit):
            "the server sent a WebSocket frame of \(count) bytes; the limit is \(limit) bytes"
        }
    }
}
