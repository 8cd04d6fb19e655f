/// Why bytes can't be compressed or restored.
package enum CompressionError: Error, Hashable, Sendable {
    /// The bytes aren't what a compressor writes, or the message ends in the middle of them.
    case invalidData
    /// One message holds more than the receiver wants to see of it.
    case messageTooLarge(byteCountMax: Int)
    /// There is no memory for the state of a compressor.
    case outOfMemory
    /// A caller gave less room than `Deflater.outputByteCountMax` asks for.
    case outputTooSmall
}

extension CompressionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidData: "the compressed message can't be read"
        case .messageTooLarge(let limit): "the compressed message holds more than \(limit) bytes"
        case .outOfMemory: "there is no memory for compression"
        case .outputTooSmall: "there is too little room for the compressed message"
        }
    }
}
