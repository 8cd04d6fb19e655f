/// The operations that a server sends.
internal enum Operation {
    case message
    case headerMessage
    case info
    case ping
    case pong
    case ok
    case error

    /// The word on the wire, in small letters.
    var word: StaticString {
        switch self {
        case .message: "msg"
        case .headerMessage: "hmsg"
        case .info: "info"
        case .ping: "ping"
        case .pong: "pong"
        case .ok: "+ok"
        case .error: "-err"
        }
    }

    /// The operation that starts at `start`, in any letter case; nil when too few bytes are here to tell.
    ///
    /// - Throws: `unknownOperation` at the first byte that fits no operation, as soon as it is here: a peer that
    ///   isn't a NATS server is found out by its first bytes.
    static func recognise(_ bytes: Span<UInt8>, at start: Int) throws(ProtocolError) -> Operation? {
        guard start < bytes.count else { return nil }
        let operation: Operation
        switch bytes[start] | 0x20 {
        case UInt8(ascii: "m"): operation = .message
        case UInt8(ascii: "h"): operation = .headerMessage
        case UInt8(ascii: "i"): operation = .info
        case UInt8(ascii: "p"):
            guard start &+ 1 < bytes.count else { return nil }
            operation = bytes[start &+ 1] | 0x20 == UInt8(ascii: "i") ? .ping : .pong
        case UInt8(ascii: "+"): operation = .ok
        case UInt8(ascii: "-"): operation = .error
        default: throw ProtocolError(.unknownOperation, offset: 0)
        }
        let count = operation.word.utf8CodeUnitCount
        let agreeing = bytes.agreeingCount(with: operation.word, at: start, ignoringCase: true)
        if agreeing < count {
            guard start &+ agreeing < bytes.count else { return nil }
            throw ProtocolError(.unknownOperation, offset: agreeing)
        }
        guard start &+ count < bytes.count else { return nil }
        guard bytes[start &+ count].isBlank else { throw ProtocolError(.unknownOperation, offset: count) }
        return operation
    }
}
