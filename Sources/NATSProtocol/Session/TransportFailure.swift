/// Why the driver couldn't open a transport, or how an open one ended.
package struct TransportFailure: Error, Equatable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The host name has no address.
        case resolution
        /// No address accepted the connection.
        case connect
        /// The deadline passed before the transport was up.
        case timedOut
        /// The TLS handshake failed, or TLS isn't available.
        case tls
        /// The peer closed its side.
        case endOfStream
        /// Receiving or sending failed.
        case io
    }

    package var kind: Kind
    /// The driver's explanation, e.g. the system's error text.
    package var message: String

    package init(_ kind: Kind, message: String = "") {
        self.kind = kind
        self.message = message
    }
}

extension TransportFailure: CustomStringConvertible {
    package var description: String {
        let what =
            switch kind {
            case .resolution: "the host name couldn't be resolved"
            case .connect: "no connection could be made"
            case .timedOut: "the connection wasn't up in time"
            case .tls: "TLS failed"
            case .endOfStream: "the server closed the connection"
            case .io: "the connection broke"
            }
        return message.isEmpty ? what : "\(what): \(message)"
    }
}
