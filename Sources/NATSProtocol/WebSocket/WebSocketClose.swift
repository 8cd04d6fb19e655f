/// What a close frame says. WebSocket is the only transport on which a NATS server tells why it closes.
///
/// Source: `wsEnqueueCloseMessage` in the server's `server/websocket.go`, where the text is the name of the server's
/// reason (`ClosedState.String` in `server/monitor.go`).
package struct WebSocketClose: Hashable, Sendable {
    package static let normal: UInt16 = 1000
    package static let goingAway: UInt16 = 1001
    package static let protocolError: UInt16 = 1002
    package static let invalidPayload: UInt16 = 1007
    package static let policyViolation: UInt16 = 1008
    package static let messageTooBig: UInt16 = 1009
    package static let tlsHandshake: UInt16 = 1015

    /// The status; nil when the frame had none.
    package let code: UInt16?
    /// The text, made harmless for logs: printable ASCII, at most 80 characters.
    package let reason: String

    package init(code: UInt16?, reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// Reads the payload of a close frame.
    init(payload: Span<UInt8>) throws(WebSocketError) {
        guard payload.count > 0 else {
            self.init(code: nil)
            return
        }
        guard payload.count >= 2 else { throw .malformedClose }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard (1000..<5000).contains(code) else { throw .malformedClose }
        self.init(code: code, reason: String(harmless: payload.extracting(droppingFirst: 2)))
    }

    /// The answer to this frame: the same status, or none when the status must not be sent.
    package var echoed: WebSocketClose {
        switch code {
        case nil, 1005, 1006, Self.tlsHandshake: WebSocketClose(code: nil)
        default: WebSocketClose(code: code)
        }
    }
}

extension WebSocketClose {
    /// What it means for the client.
    package enum Cause: Hashable, Sendable {
        case closed
        /// We didn't read fast enough: the server's write deadline or its limit of pending bytes.
        case slowConsumer
        /// We didn't answer the server's PINGs.
        case staleConnection
        case serverShutdown
        /// The operator closed this connection.
        case kicked
        /// Refused, revoked, expired, or not in time.
        case authentication
        /// A maximum of connections, subscriptions, bytes.
        case limit
        /// The server couldn't read what we sent.
        case protocolViolation
        case tls
        case other
    }

    package var cause: Cause {
        switch reason {
        case "Client Closed": .closed
        case "Slow Consumer (Pending Bytes)", "Slow Consumer (Write Deadline)": .slowConsumer
        case "Stale Connection": .staleConnection
        case "Server Shutdown": .serverShutdown
        case "Kicked": .kicked
        case "Authentication Timeout", "Authentication Failure", "Authentication Expired", "Credentials Revoked",
            "Missing Account":
            .authentication
        case "Maximum Connections Exceeded", "Maximum Account Connections Exceeded",
            "Maximum Message Payload Exceeded", "Maximum Control Line Exceeded", "Maximum Subscriptions Exceeded":
            .limit
        case "Parse Error", "Protocol Violation", "Bad Client Protocol Version": .protocolViolation
        case "TLS Handshake Failure": .tls
        default: causeOfCode
        }
    }

    private var causeOfCode: Cause {
        switch code {
        case Self.normal: .closed
        case Self.protocolError: .protocolViolation
        case Self.messageTooBig: .limit
        case Self.tlsHandshake: .tls
        default: .other
        }
    }
}

extension WebSocketClose: CustomStringConvertible {
    package var description: String {
        switch (code, reason.isEmpty) {
        case (nil, _): "closed without a reason"
        case (let code?, true): "closed with status \(code)"
        case (let code?, false): "closed with status \(code): \(reason)"
        }
    }
}
