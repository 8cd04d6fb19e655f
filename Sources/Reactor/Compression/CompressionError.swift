/// Why bytes can't be compressed or restored.
package enum CompressionError: Error, Hashable, Sendable {
    /// The bytes aren't what a compressor writes, or the message ends in the middle of them.
    case invalidData
    /// One message holds more than the receiver wants to see of it.
    case messageTooLarge(byteCountMax: Int)
    /// There is no memory for the state of a compressor.
    case outOfMemory
    /// This build has no compressor: the package trait `WebSocketCompression` is off.
    case unavailable
    /// A caller gave less room than `Deflater.outputByteCountMax` asks for.
    case outputTooSmall
}

extension CompressionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidData: "the compressed message can't be read"
        case .messageTooLarge(let limit): "the compressed message holds more than \(limit) bytes"
        case .outOfMemory: "there is no memory for compression"
        case .unavailable: "compression needs the package trait WebSocketCompression, which is off in this build"
        case .outputTooSmall: "there is too little room for the compressed message"
        }
    }
}
