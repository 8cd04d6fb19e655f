/// Why the driver couldn't open a transport, or how an open one ended.
package struct TransportFailure: Error, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The host name has no address.
        case resolution
        /// No address accepted the connection.
        case connect
        /// The deadline passed before the transport was up.
        case timedOut
        /// The proxy refused, or isn't one.
        case proxy
        /// The TLS handshake failed, or TLS isn't available.
        case tls
        /// The upgrade to a WebSocket failed, or the WebSocket was closed.
        case webSocket
        /// The peer closed its side.
        case endOfStream
        /// Receiving or sending failed.
        case io
    }

    package var kind: Kind
    /// The driver's explanation, e.g. the system's error text.
    package var message: String
    /// The error underneath, when there is more to know than the message says.
    package var cause: (any Error)?

    package init(_ kind: Kind, message: String = "", cause: (any Error)? = nil) {
        self.kind = kind
        self.message = message
        self.cause = cause
    }
}

extension TransportFailure: Equatable {
    /// The cause doesn't count: it is in the message.
    package static func == (left: TransportFailure, right: TransportFailure) -> Bool {
        left.kind == right.kind && left.message == right.message
    }
}

extension TransportFailure: CustomStringConvertible {
    package var description: String {
        let what =
            switch kind {
            case .resolution: "the host name couldn't be resolved"
            case .connect: "no connection could be made"
            case .timedOut: "the connection wasn't up in time"
            case .proxy: "the proxy failed"
            case .tls: "TLS failed"
            case .webSocket: "the WebSocket failed"
            case .endOfStream: "the server closed the connection"
            case .io: "the connection broke"
            }
        return message.isEmpty ? what : "\(what): \(message)"
    }
}
