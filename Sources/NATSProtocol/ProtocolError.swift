/// Bytes that break the protocol: the connection that they came from can't be used any further.
///
/// A value: equal for equal bytes, however these were cut into chunks.
@usableFromInline
package struct ProtocolError: Error, Equatable, Sendable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        // The server breaks the grammar.
        case unknownOperation
        case malformedLine
        case malformedArguments
        case malformedSize
        case headersLongerThanMessage
        case missingMessageEnd
        case malformedInfo
        case unexpectedFrame
        case tooManyPings
        // The server stays within the grammar but exceeds what this client accepts.
        case controlLineTooLong
        case infoTooLong
        case errorTextTooLong
        case headersTooLong
        case messageTooLong
    }

    /// Who has to change something.
    package enum Fault: Sendable {
        /// The peer doesn't speak the protocol; it may not be a NATS server at all.
        case peer
        /// The peer exceeds a limit of this client, which can be configured.
        case limit
    }

    package let kind: Kind
    /// Where in the frame, counted in bytes from its first one.
    package let offset: Int
    /// The limit that was exceeded, in bytes.
    package let limit: Int?
    /// More about it, for the reader of a log; may be empty.
    package let detail: String

    package init(_ kind: Kind, offset: Int = 0, limit: Int? = nil, detail: String = "") {
        self.kind = kind
        self.offset = offset
        self.limit = limit
        self.detail = detail
    }

    package var fault: Fault {
        switch kind {
        case .unknownOperation, .malformedLine, .malformedArguments, .malformedSize, .headersLongerThanMessage,
            .missingMessageEnd, .malformedInfo, .unexpectedFrame, .tooManyPings:
            .peer
        case .controlLineTooLong, .infoTooLong, .errorTextTooLong, .headersTooLong, .messageTooLong:
            .limit
        }
    }
}

extension ProtocolError: CustomStringConvertible {
    @usableFromInline
    package var description: String {
        var text = "\(sentence) (byte \(offset) of the frame)"
        if let limit { text += "; the limit is \(limit) bytes" }
        if !detail.isEmpty { text += ": \(detail)" }
        return text
    }

    private var sentence: String {
        switch kind {
        case .unknownOperation: "the peer sent an unknown operation; is it a NATS server?"
        case .malformedLine: "the peer sent a control line that doesn't end with CR LF"
        case .malformedArguments: "the peer sent a message with the wrong number of arguments"
        case .malformedSize: "the peer sent a message whose size isn't a number"
        case .headersLongerThanMessage: "the peer sent a message whose headers are longer than the whole"
        case .missingMessageEnd: "the peer sent a message that doesn't end with CR LF where its size says"
        case .malformedInfo: "the peer sent an INFO that can't be read"
        case .unexpectedFrame: "the peer sent a frame that has no place here"
        case .tooManyPings: "the peer sent many PINGs without reading the answers"
        case .controlLineTooLong: "the peer sent a control line that is too long"
        case .infoTooLong: "the peer sent an INFO that is too long"
        case .errorTextTooLong: "the peer sent an error text that is too long"
        case .headersTooLong: "the peer sent a message with too many bytes of headers"
        case .messageTooLong: "the peer sent a message that is too long"
        }
    }
}
