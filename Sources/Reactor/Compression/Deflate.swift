// Unsafe file: zlib's compressor and decompressor.
// Invariant: `stream` is owned by its value alone, was set up successfully, doesn't move, and is freed with it. Input and output
// are lent to zlib for the duration of one call only, and it is told their exact sizes.
#if WebSocketCompression && canImport(CZlib)
internal import CZlib
#endif

/// Whether this build can compress: the package trait `WebSocketCompression`.
package enum Compression {
    package static var isAvailable: Bool {
        #if WebSocketCompression && canImport(CZlib)
        true
        #else
        false
        #endif
    }
}

#if WebSocketCompression && canImport(CZlib)

/// Compresses messages, each on its own, as `permessage-deflate` without context takeover has them (RFC 7692 section 7.2.1).
///
/// Runs on one thread. Holds about 260 KiB; a message costs no allocation.
@safe package struct Deflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    package init() throws(CompressionError) {
        unsafe stream = .allocate(capacity: 1)
        guard unsafe czlib_deflate_init(stream) == Z_OK else {
            unsafe stream.deallocate()
            throw .outOfMemory
        }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The room that a message of so many bytes needs, however little it can be compressed.
    package func outputByteCountMax(for byteCount: Int) -> Int {
        // An empty stored block of 5 bytes ends the message; zlib's own bound isn't made for that.
        unsafe Int(deflateBound(stream, UInt(max(0, byteCount)))) + 32
    }

    /// Adds bytes to the message.
    package mutating func add(_ input: Span<UInt8>, to output: inout OutputSpan<UInt8>) throws(CompressionError) {
        try compress(input, Z_NO_FLUSH, &output)
    }

    /// Makes a message of the front of `vectors`, at most so many bytes of it; returns how many.
    package mutating func makeMessage(
        of vectors: borrowing SendVectors, byteCountMax: Int, to output: inout OutputSpan<UInt8>
    ) throws(CompressionError) -> Int {
        var taken = 0
        for index in 0..<vectors.count {
            let piece = unsafe vectors[index].prefix(byteCountMax &- taken)
            let span = unsafe Span(_unsafeElements: UnsafeRawBufferPointer(rebasing: piece).assumingMemoryBound(to: UInt8.self))
            try add(span, to: &output)
            taken &+= span.count
        }
        try endMessage(in: &output)
        return taken
    }

    /// Ends the message. What `output` then holds has lost the four bytes that every message ends with.
    package mutating func endMessage(in output: inout OutputSpan<UInt8>) throws(CompressionError) {
        try compress(Span(), Z_SYNC_FLUSH, &output)
        output.removeLast(min(DeflateTail.byteCount, output.count))
        unsafe deflateReset(stream)
    }

    private mutating func compress(
        _ input: Span<UInt8>, _ flush: Int32, _ output: inout OutputSpan<UInt8>
    ) throws(CompressionError) {
        let isTaken = unsafe output.withUnsafeMutableBufferPointer { room, count in
            unsafe input.withUnsafeBufferPointer { bytes in
                let step = unsafe stream.run(CZlib.deflate, flush, input: bytes, output: room, used: &count)
                // Room that is used up may hide that more is to come.
                let isTaken = step.result == Z_OK && step.taken == bytes.count && count < room.count
                return isTaken || step.result == Z_BUF_ERROR && bytes.isEmpty && flush == Z_NO_FLUSH
            }
        }
        guard isTaken else {
            unsafe deflateReset(stream)
            throw .outputTooSmall
        }
    }
}

/// Restores messages that were compressed each on its own (RFC 7692 section 7.2.2), piece by piece, as they come.
///
/// Runs on one thread. Holds about 40 KiB and allocates nothing further, whatever it is given: what a message can cost is
/// bounded by the caller's room and by `messageByteCountMax`. After a failure it stays failed and repeats it.
@safe package struct Inflater: ~Copyable {
    private enum Phase {
        /// Can transition to: tail, failed
        case message
        /// All of the message is taken; so many bytes of the tail are too.
        /// Can transition to: message, failed
        case tail(takenByteCount: Int)
        /// Absorbing.
        case failed(CompressionError)
    }

    package struct Progress: Hashable, Sendable {
        /// Bytes of the input that were taken.
        package var consumed = 0
        /// Everything that the input gave is written, and if it ended the message, the message was whole. False: the output is
        /// full; call again with the rest of the input, however little it is.
        package var isDone = false

        package init() {}
    }

    private let stream: UnsafeMutablePointer<z_stream>
    private let messageByteCountMax: Int
    private var messageByteCount = 0
    private var phase = Phase.message
    /// The last block said that it is the last one. A message may go on behind it.
    private var isAtFinalBlock = false

    package init(messageByteCountMax: Int) throws(CompressionError) {
        self.messageByteCountMax = messageByteCountMax
        unsafe stream = .allocate(capacity: 1)
        guard unsafe czlib_inflate_init(stream) == Z_OK else {
            unsafe stream.deallocate()
            throw .outOfMemory
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Restores bytes of the message, as many as `output` has room for.
    ///
    /// - Parameter endsMessage: the input holds the end of the message.
    package mutating func inflate(
        _ input: Span<UInt8>, endsMessage: Bool, into output: inout OutputSpan<UInt8>
    ) throws(CompressionError) -> Progress {
        do throws(CompressionError) {
            var progress = Progress()
            if case .message = phase {
                progress.consumed = try take(input, &output)
                guard progress.consumed == input.count, !output.isFull else { return progress }
                guard endsMessage else {
                    progress.isDone = true
                    return progress
                }
                phase = .tail(takenByteCount: 0)
            }
            progress.isDone = try takeTail(&output)
            return progress
        } catch {
            phase = .failed(error)
            throw error
        }
    }

    /// Takes the four bytes that the message has lost. True when it was whole.
    private mutating func takeTail(_ output: inout OutputSpan<UInt8>) throws(CompressionError) -> Bool {
        switch phase {
        case .message: return false
        case .failed(let error): throw error
        case .tail(let takenByteCount):
            // Some compressors end a message with a final block, and leave out the byte behind it.
            let isComplete = isAtFinalBlock && takenByteCount == 0
            if !isComplete {
                let tail = DeflateTail.bytes
                let taken = takenByteCount + (try take(tail.span.extracting(takenByteCount...), &output))
                phase = .tail(takenByteCount: taken)
                guard taken == DeflateTail.byteCount, !output.isFull else { return false }
                guard unsafe stream.pointee.data_type & czlib_between_blocks != 0 else { throw .invalidData }
            }
            beginMessage()
            return true
        }
    }

    private mutating func beginMessage() {
        unsafe inflateReset(stream)
        isAtFinalBlock = false
        messageByteCount = 0
        phase = .message
    }

    /// Restores what fits; returns how much of the input was taken.
    private mutating func take(
        _ input: Span<UInt8>, _ output: inout OutputSpan<UInt8>
    ) throws(CompressionError) -> Int {
        var consumed = 0
        repeat {
            if isAtFinalBlock, consumed < input.count {
                unsafe inflateReset(stream)
                isAtFinalBlock = false
            }
            let countBefore = output.count
            let (taken, result) = restore(input.extracting(consumed...), &output)
            consumed &+= taken
            messageByteCount &+= output.count &- countBefore
            guard messageByteCount <= messageByteCountMax else {
                throw .messageTooLarge(byteCountMax: messageByteCountMax)
            }
            switch result {
            case Z_OK: break
            case Z_STREAM_END: isAtFinalBlock = true
            // There was nothing to do.
            case Z_BUF_ERROR: return consumed
            case Z_MEM_ERROR: throw .outOfMemory
            default: throw .invalidData
            }
        } while consumed < input.count && !output.isFull
        return consumed
    }

    private mutating func restore(
        _ input: Span<UInt8>, _ output: inout OutputSpan<UInt8>
    ) -> (taken: Int, result: Int32) {
        unsafe output.withUnsafeMutableBufferPointer { room, count in
            unsafe input.withUnsafeBufferPointer { bytes in
                unsafe stream.run(CZlib.inflate, Z_SYNC_FLUSH, input: bytes, output: room, used: &count)
            }
        }
    }
}

/// What every compressed message ends with, and is sent without: an empty stored block.
private enum DeflateTail {
    static let bytes: InlineArray<4, UInt8> = [0x00, 0x00, 0xFF, 0xFF]
    static var byteCount: Int { 4 }
}

extension UnsafeMutablePointer<z_stream> {
    /// One call of `deflate` or `inflate`, with memory lent to it. Of pieces larger than zlib can count it gets the front.
    fileprivate func run(
        _ call: (UnsafeMutablePointer<z_stream>, Int32) -> Int32, _ flush: Int32, input: UnsafeBufferPointer<UInt8>,
        output: UnsafeMutableBufferPointer<UInt8>, used: inout Int
    ) -> (taken: Int, result: Int32) {
        let lentInput = UInt32(clamping: input.count)
        let lentOutput = UInt32(clamping: output.count &- used)
        unsafe pointee.next_in = UnsafeMutablePointer<Bytef>(mutating: input.baseAddress)
        unsafe pointee.avail_in = lentInput
        unsafe pointee.next_out = output.baseAddress.map { unsafe $0 + used }
        unsafe pointee.avail_out = lentOutput
        let result = unsafe call(self, flush)
        unsafe used &+= Int(lentOutput &- pointee.avail_out)
        return unsafe (Int(lentInput &- pointee.avail_in), result)
    }
}
#else
// What callers need to compile without zlib. No value of these types can be made.

/// Compresses messages; not in this build.
package struct Deflater: ~Copyable {
    package init() throws(CompressionError) { throw .unavailable }

    package func outputByteCountMax(for byteCount: Int) -> Int { 0 }

    package mutating func makeMessage(
        of vectors: borrowing SendVectors, byteCountMax: Int, to output: inout OutputSpan<UInt8>
    ) throws(CompressionError) -> Int { throw .unavailable }
}

/// Restores messages; not in this build.
package struct Inflater: ~Copyable {
    package struct Progress: Hashable, Sendable {
        package var consumed = 0
        package var isDone = false

        package init() {}
    }

    package init(messageByteCountMax: Int) throws(CompressionError) { throw .unavailable }

    package mutating func inflate(
        _ input: Span<UInt8>, endsMessage: Bool, into output: inout OutputSpan<UInt8>
    ) throws(CompressionError) -> Progress { throw .unavailable }
}
#endif
